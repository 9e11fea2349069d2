// SPDX-License-Identifier: Apache-2.0
//
// Thread bodies and blocking functions beside coroutines.
#include "beamish/runtime/node_core.hpp"
#include "tests/sim/help.hpp"

namespace {

struct numbered {
  pid from;
  std::uint64_t number;
};

// What a thread may do when its process is gone: nothing, and it can see so.
void after_the_kill(sim::world& w, pid peer) {
  w.require(stop_requested(), "the thread of a killed process is told to stop");
  const auto fails = [](auto act) {
    try {
      act();
    } catch (const exited&) {
      return true;
    }
    return false;
  };
  w.require(fails([&] { link(peer); }), "nothing links in the name of the dead");
  w.require(fails([] { spawn([] {}); }), "nothing is spawned in the name of the dead");
  w.require(fails([] { receive_blocking<int>(0ms); }), "the dead receives nothing");
}

// It must be killed, and looks around then.
task<> killed_threads(sim::world& w) {
  const pid me = self();
  sim::once looks(w, "look around of a killed thread");
  const std::uint32_t count = 1 + w.pick(3);
  for (std::uint32_t i = 0; i < count; ++i) {
    const bool sleeps = w.pick(2) == 1;
    const auto m = spawn_thread_monitor([&w, me, looks, sleeps, i] {
      try {
        if (sleeps)
          sleep_blocking(1h);
        else
          receive_blocking<atom>();
      } catch (const exited&) {
        after_the_kill(w, me);
        looks.happened(i);
      }
    });
    looks.owe(i);
    co_await beamish::sleep(help::moment(w));
    beamish::exit(m.process, exit_reason::kill());
    const auto d = co_await help::down_of(m.id);
    w.require(d.reason == exit_reason::killed(), "killed is killed");
  }
  co_await w.eventually("the threads have returned", 1min,
                        [&w] { return w.node().statistics().threads == 0; });
  looks.settle();
  co_await sim::nothing_more(w);
}

// A thread body is a process like any other: its order, its end, its place among max_threads.
task<> thread_bodies(sim::world& w) {
  constexpr unsigned room = 3;
  w.node().core().max_threads = room;
  const pid me = self();
  sim::order lanes(w, "messages of threads");
  sim::once ends(w, "end of a thread");
  sim::gauge places(w, "threads", room);
  const std::uint32_t count = 1 + w.pick(5);
  std::uint32_t refused = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t how = w.pick(5);
    places.queue();
    try {
      const auto m = spawn_thread_monitor([me, lanes, places, how] {
        const sim::gauge::visit here(places);
        send(me, numbered{self(), lanes.next(self(), me)});
        if (how == 0) return;
        if (how == 1) throw std::runtime_error("raises");
        if (how == 2) sleep_blocking(20us);
        if (how >= 3) receive_blocking<atom>();
        send(me, numbered{self(), lanes.next(self(), me)});
      });
      ends.owe(m.id);
      if (how == 3) send(m.process, atom("go"));
      if (how == 4) beamish::exit(m.process, exit_reason::kill());
    } catch (const exited& e) {
      w.require(help::caused_by(e.reason(), {"system_limit"}), "no place is a system_limit");
      places.give_up();
      ++refused;
    }
    if (w.pick(2) == 1) co_await beamish::sleep(10us);
  }
  while (ends.open() > 0) {
    const auto got = co_await receive<numbered, down_message>();
    if (const auto* n = std::get_if<numbered>(&got)) {
      lanes.arrived(n->from, me, n->number);
    } else {
      const auto& d = std::get<down_message>(got);
      ends.happened(d.id);
      const bool whole = d.reason.is_normal() || d.reason.exception() != nullptr;
      w.require(!whole || lanes.under_way(d.process, me) == 0, "messages come before the DOWN");
      w.require(whole || d.reason == exit_reason::killed(), "its own end, or killed");
    }
  }
  w.require(refused == 0 || count > room, "as many as there is room for find it");
  // A killed one is dead before its thread has returned.
  co_await w.eventually("all places are free", 1min,
                        [&w] { return w.node().statistics().threads == 0; });
  const auto last = spawn_thread_monitor([] {});
  const auto d = co_await help::down_of(last.id);
  w.require(d.reason.is_normal(), "there is a place again");
}

// blocking(f): each result to who waits for it, exceptions too; a killed waiter leaves nothing.
task<> blocking_functions(sim::world& w) {
  sim::once ends(w, "end of a waiter"), runs(w, "run of a function");
  const std::uint32_t count = 1 + w.pick(6);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t how = w.pick(4);
    const auto m = spawn_monitor([&w, runs, i, how]() -> task<> {
      for (std::uint32_t round = 0; round < 2; ++round) {
        const std::uint32_t number = 10 * i + round;
        runs.owe(number);
        auto work = blocking([runs, number, how] {
          runs.happened(number);
          if (how == 1) throw std::runtime_error("raises");
          return number;
        });
        try {
          const std::uint32_t got = co_await work;
          w.require(got == number && how != 1, "the result of this function");
        } catch (const std::runtime_error& e) {
          w.require(how == 1 && std::string_view(e.what()) == "raises", "its own exception");
        }
        w.require(runs.has_happened(number), "who has the result has run");
      }
    });
    ends.owe(m.id);
    if (how == 3) {
      co_await beamish::sleep(10us);
      beamish::exit(m.process, exit_reason::kill());
    }
  }
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    w.require(help::one_of(d.reason, {exit_reason::normal(), exit_reason::killed()}),
              "no waiter fails");
  }
  co_await sim::nothing_more(w);
}

// A thread that waits for one kind of message wakes with it, whatever else lies in its queue.
task<> threads_wait_selectively(sim::world& w) {
  const std::uint32_t rounds = 1 + w.pick(4);
  sim::order lanes(w, "what is not waited for");
  const auto m = spawn_thread_monitor([lanes, rounds]() mutable {
    for (std::uint32_t i = 0; i < rounds; ++i) {
      receive_blocking<atom>();
      while (const auto got = receive_blocking<numbered>(0ms))
        lanes.arrived(got->from, self(), got->number);
    }
  });
  for (std::uint32_t i = 0; i < rounds; ++i) {
    for (std::uint32_t before = w.pick(4); before > 0; --before) {
      send(m.process, numbered{self(), lanes.next(self(), m.process)});
      co_await beamish::sleep(help::moment(w));
    }
    send(m.process, atom("next"));
    if (w.pick(2) == 1) co_await beamish::sleep(help::moment(w));
  }
  const auto d = co_await help::down_of(m.id);
  w.require(d.reason.is_normal(), "it has come to its end");
  lanes.settle();
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> thread_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms);
  const auto deadly = sim::faults().delay_signals(0.05, 2s).kill_processes(0.02);
  return {
      {"thread_bodies",
       "a thread body keeps order, tells its end once, and gives its place back",
       thread_bodies,
       {.faults = slow}},
      {"killed_threads",
       "the thread of a killed process is told so, and can do nothing in its name",
       killed_threads,
       {.faults = slow}},
      {"threads_wait_selectively",
       "a thread that waits for one kind of message wakes with it",
       threads_wait_selectively,
       {.faults = slow}},
      {"blocking_functions",
       "each result of a blocking function goes to who waits for it",
       blocking_functions,
       {.faults = deadly}},
  };
}
