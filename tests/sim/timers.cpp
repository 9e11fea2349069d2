// SPDX-License-Identifier: Apache-2.0
//
// Timers: each fires or is cancelled, never too early, and whom it reaches.
#include <map>

#include "tests/sim/help.hpp"

namespace {

struct tick {
  std::uint32_t number;
};
struct armed {
  std::uint32_t number;
  reference timer;
};

// P24, P25: a timer fires once or is cancelled, whoever cancels it.
task<> fire_or_cancel(sim::world& w) {
  const pid me = self();
  sim::once fires(w, "timer");
  const std::uint32_t count = 1 + w.pick(6);
  std::vector<std::chrono::nanoseconds> due;
  const auto canceller = spawn_monitor([&w, fires]() mutable -> task<> {
    for (;;) {
      const auto a = co_await receive<armed, atom>();
      const auto* one = std::get_if<armed>(&a);
      if (one == nullptr) co_return;
      if (w.pick(2) == 1) co_await beamish::sleep(10us * w.pick(5));
      const auto left = read_timer(one->timer);
      w.require(!left || *left <= 1ms, "what is left is not more than the whole");
      const auto cancelled = cancel_timer(one->timer);
      w.require(!cancelled || left, "a timer that has fired can't be cancelled");
      if (cancelled) fires.waive(one->number);
      w.require(!cancel_timer(one->timer) && !read_timer(one->timer), "it is over");
    }
  });
  for (std::uint32_t i = 0; i < count; ++i) {
    const duration delay = 10us * w.pick(5);
    fires.owe(i);
    due.push_back(now() + delay);
    const reference timer = send_after(delay, me, tick{i});
    if (w.pick(2) == 1) send(canceller.process, armed{i, timer});
  }
  send(canceller.process, atom("done"));
  bool over = false;
  while (!over || fires.open() > 0) {
    const auto got = co_await receive<tick, down_message>();
    if (const auto* t = std::get_if<tick>(&got)) {
      fires.happened(t->number);
      w.require(now() >= due[t->number], "a timer is never early");
    } else {
      w.require(std::get<down_message>(got).reason.is_normal(), "nothing fails");
      over = true;
    }
  }
  co_await sim::nothing_more(w);
}

struct heard {
  bool heir;
  std::uint32_t number;
};

task<> listener(pid reader, bool heir) {
  for (;;) {
    const tick t = co_await receive<tick>();
    send(reader, heard{heir, t.number});
  }
}

// P26, P27: a timer to a pid ends with it; one to a name reaches who has it then, or nobody.
task<> whom_a_timer_reaches(sim::world& w) {
  const pid me = self();
  const pid first = spawn(listener, me, false), heir = spawn(listener, me, true);
  register_name("clock", first);
  const duration delay = 50us;
  const auto begin = now();
  const reference to_pid = send_after(delay, first, tick{1});
  const reference to_name = send_after(delay, "clock", tick{2});
  const reference to_nobody = send_after(delay, "nobody", tick{3});
  co_await beamish::sleep(20us * w.pick(6));
  co_await help::kill(first);
  w.require(!read_timer(to_pid), "a timer to a pid ends with it");
  send_after(10us, first, tick{4});
  register_name("clock", heir);
  const bool in_time = now() - begin < delay;
  co_await beamish::sleep(delay + 10us);
  w.require(!read_timer(to_name) && !read_timer(to_nobody), "what has fired is gone");
  std::uint32_t by_pid = 0, by_name = 0;
  bool by_heir = false;
  for (;;) {
    const auto h = co_await receive<heard>(help::a_while(w));
    if (!h) break;
    w.require(h->number == 1 || h->number == 2, "the others reach nobody");
    w.require(h->number != 1 || !h->heir, "a pid is a pid");
    ++(h->number == 1 ? by_pid : by_name);
    by_heir = by_heir || h->heir;
  }
  w.require(by_pid <= 1 && by_name <= 1, "each fires once");
  if (in_time) w.require(by_pid == 0 && by_name == 1 && by_heir, "a name is looked up at its time");
  co_await help::kill(heir);
  co_await sim::nothing_more(w);
}

struct numbered {
  pid from;
  std::uint64_t number;
};

// P33: whoever hibernates wakes with the next message, and finds all of them in their order.
task<> hibernate_and_wake(sim::world& w) {
  const pid me = self();
  sim::order lanes(w, "messages to a sleeper");
  const std::uint32_t senders = 1 + w.pick(3), count = 1 + w.pick(4);
  for (std::uint32_t i = 0; i < senders; ++i) {
    spawn([me, lanes, count, pause = help::moment(w)]() mutable -> task<> {
      for (std::uint32_t n = 0; n < count; ++n) {
        send(me, numbered{self(), lanes.next(self(), me)});
        co_await beamish::sleep(pause);
      }
    });
  }
  for (std::uint32_t left = senders * count; left > 0;) {
    co_await hibernate();
    auto got = co_await receive<numbered>(0s);
    w.require(got.has_value(), "it wakes when there is a message");
    while (got) {
      lanes.arrived(got->from, me, got->number);
      --left;
      got = co_await receive<numbered>(0s);
    }
  }
  lanes.settle();
  co_await sim::nothing_more(w);
}

// One wait after the other, each with its own limit, whatever became of the ones before.
task<> waits_in_a_row(sim::world& w) {
  std::map<std::uint32_t, std::chrono::nanoseconds> due;
  std::uint32_t number = 0;
  help::script acts(w, 8, 3);
  for (auto& act : acts) {
    const duration limit = 10us * act.pick(6);
    if (act.pick(2) == 1) {
      const duration delay = 10us * act.pick(6);
      due[++number] = now() + delay;
      send_after(delay, self(), tick{number});
    }
    const auto begin = now();
    const auto got = co_await receive<tick>(limit);
    if (got) {
      const bool in_time = now() >= due[got->number] && (!w.simulated() || now() <= begin + limit);
      w.require(in_time, "what is due comes within the limit");
      due.erase(got->number);
      continue;
    }
    w.require(now() >= begin + limit, "no wait ends before its limit");
    w.require(!w.simulated() || now() == begin + limit, "nor later");
    for (const auto& [each, when] : due)
      w.require(!w.simulated() || when >= now(), "what was due has come");
  }
  while (!due.empty()) due.erase((co_await receive<tick>()).number);
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> timer_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms).jump_clock(0.02);
  return {
      {"fire_or_cancel",
       "a timer fires once or is cancelled, and never early",
       fire_or_cancel,
       {.faults = slow}},
      {"whom_a_timer_reaches",
       "a timer to a pid ends with it, a name is looked up when it fires",
       whom_a_timer_reaches,
       {.faults = slow}},
      {"hibernate_and_wake",
       "hibernating loses no message, no order and no wake-up",
       hibernate_and_wake,
       {.faults = slow}},
      {"waits_in_a_row", "each wait ends with its message or at its own limit", waits_in_a_row},
  };
}
