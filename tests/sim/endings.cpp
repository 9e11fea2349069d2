// SPDX-License-Identifier: Apache-2.0
//
// How servers end: terminate once or not at all, callers who are told, names that are free again.
#include "help.hpp"

namespace {

exit_reason own() { return exit_reason(atom("own")); }

// Tells of its terminate; ends in every way that a callback can.
struct mortal : gen_server<mortal> {
  struct ask {
    using reply = int;
    int number;
  };
  struct last {
    using reply = int;
    bool answers;
  };
  struct leave {
    bool throws;
  };
  using messages = accepts<ask, last, leave>;

  sim::world* place = nullptr;
  sim::once terminates;
  sim::once handled;
  pid parent;
  bool traps = false;

  void init(sim::world* w, sim::once t, sim::once h, pid p, bool traps_exits) {
    place = w;
    terminates = t;
    handled = h;
    parent = p;
    trap_exits(traps = traps_exits);
    terminates.owe(self());
  }
  int handle_call(ask& m) {
    handled.happened(m.number);
    return m.number;
  }
  call_result<last> handle_call(last& m) {
    if (m.answers) return stop_with_reply(own(), 7);
    return stop(own());
  }
  outcome handle_cast(leave& m) {
    if (m.throws) throw std::runtime_error("leaves");
    return stop(own());
  }
  void handle_info(exit_message& m) {
    place->require(traps, "only who traps gets an EXIT");
    place->require(m.from != parent, "the parent's exit never comes to handle_info");
  }
  void terminate(const exit_reason&) { terminates.happened(self()); }
};

struct stage {
  sim::once terminates, handled;
  server<mortal> actor;
};

task<stage> open_stage(sim::world& w, bool traps) {
  stage s{sim::once(w, "terminate"), sim::once(w, "request handled"), {}};
  auto started =
      co_await try_start<mortal>({.name = "actor"}, &w, s.terminates, s.handled, self(), traps);
  while (!started.ok())
    started =
        co_await try_start<mortal>({.name = "actor"}, &w, s.terminates, s.handled, self(), traps);
  s.actor = *started;
  co_return s;
}

// ---- stop

task<> caller(sim::world& w, server<mortal> to, sim::once handled, int first, int end) {
  for (int n = first; n < end; ++n) {
    handled.owe(n);
    const auto got = co_await to.try_call<mortal::ask>(within(infinity), n);
    if (got.ok()) {
      w.require(handled.has_happened(n), "who answers has handled it");
      continue;
    }
    const exit_reason why = got.reason();
    w.require(help::caused_by(why, {"normal", "noproc", "own", "killed", "shutdown"}) ||
                  why.value().is_tuple(),
              "it says why");
    w.require(!alive(to), "who fails its callers is dead");
    handled.close(n);
  }
}

// G33, G34, G43: callers and stoppers at the same time. Each call is answered or fails with a
// reason, terminate runs once, and when stop returns the server is gone.
task<> stop_or_call(sim::world& w) {
  const stage s = co_await open_stage(w, w.pick(2) == 1);
  const auto actor = s.actor;
  const std::uint32_t callers = 1 + w.pick(3), stoppers = 1 + w.pick(2);
  sim::once ends(w, "end of a client");
  for (std::uint32_t i = 0; i < callers; ++i) {
    const int first = static_cast<int>(10 * i);
    ends.owe(spawn_monitor(caller, std::ref(w), actor, s.handled, first, first + 3).id);
  }
  const std::uint32_t how = w.pick(4);
  for (std::uint32_t i = 0; i < stoppers; ++i) {
    ends.owe(spawn_monitor([&w, actor, how]() -> task<> {
               co_await beamish::sleep(help::moment(w));
               try {
                 if (how == 0) co_await stop(actor);
                 if (how == 1) co_await stop(actor, exit_reason::shutdown());
                 if (how == 2) {
                   const int got = co_await actor.call<mortal::last>(within(infinity), true);
                   w.require(got == 7, "the reply that goes with a stop");
                 }
                 if (how == 3) co_await actor.call<mortal::last>(within(infinity), false);
                 w.require(how != 3, "who stops without a reply answers nobody");
               } catch (const exited& e) {
                 const bool known =
                     help::caused_by(e.reason(), {"noproc", "normal", "shutdown", "own"});
                 w.require(known, "it was stopped, by this one or another");
               }
               if (how < 2) {
                 w.require(!alive(actor), "it has ended");
                 w.require(!whereis("actor"), "its name is free");
               }
             }).id);
  }
  const exit_reason reasons[] = {exit_reason::normal(), exit_reason::shutdown(), own(), own()};
  const reference id = monitor(actor);
  ends.owe(id);
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    if (d.id != id)
      w.require(d.reason.is_normal(), "no client fails");
    else
      w.require(help::one_of(d.reason, {reasons[how], exit_reason::noproc()}), "the reason given");
  }
  s.terminates.settle();
  w.require(!whereis("actor"), "its name is free");
  co_await sim::nothing_more(w);
}

// ---- kill, failures, and faults

// G23, G36: callers of a server that is killed or fails are told why, each once.
task<> killed_while_called(sim::world& w) {
  const stage s = co_await open_stage(w, w.pick(2) == 1);
  const auto actor = s.actor;
  const std::uint32_t callers = 1 + w.pick(4), how = w.pick(3);
  sim::once ends(w, "end of a client");
  for (std::uint32_t i = 0; i < callers; ++i) {
    const int first = static_cast<int>(10 * i);
    const auto m = spawn_monitor(caller, std::ref(w), actor, s.handled, first, first + 3);
    w.spare(m.process);
    ends.owe(m.id);
  }
  co_await beamish::sleep(help::moment(w));
  if (how == 0) beamish::exit(actor, exit_reason::kill());
  if (how > 0) actor.cast<mortal::leave>(how == 2);
  co_await help::end_of(actor);
  w.require(!whereis("actor"), "its name is free");
  if (how == 0 || !s.terminates.has_happened(actor.process())) s.terminates.close(actor.process());
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    w.require(d.reason.is_normal(), "no client fails");
  }
  co_await sim::nothing_more(w);
}

// ---- the parent's exit

// G39, G40, G41: a server that traps ends by its parent's exit with terminate, and by nobody
// else's; one that doesn't trap ends by any, without.
task<> parents_exit(sim::world& w) {
  const pid me = self();
  const bool traps = w.pick(2) == 1;
  sim::once terminates(w, "terminate"), handled(w, "request handled");
  const duration end = help::moment(w);
  const auto parent = spawn_monitor([&w, me, terminates, handled, traps, end]() -> task<> {
    auto s = co_await start_link<mortal>(&w, terminates, handled, self(), traps);
    send(me, s);
    co_await beamish::sleep(end);
    beamish::exit(own());
  });
  const auto s = co_await receive<server<mortal>>();
  const reference id = monitor(s);
  const std::uint32_t strangers = w.pick(4);
  for (std::uint32_t i = 0; i < strangers; ++i) {
    spawn([&w, s, linked = w.pick(2) == 1]() -> task<> {
      co_await beamish::sleep(help::moment(w));
      if (linked) {
        link(s);
        beamish::exit(exit_reason(atom("stranger")));
      }
      beamish::exit(s, exit_reason(atom("stranger")));
    });
  }
  const down_message d = co_await help::down_of(id);
  co_await help::down_of(parent.id);
  const exit_reason stranger(atom("stranger"));
  if (traps) {
    w.require(help::one_of(d.reason, {own(), exit_reason::noproc()}), "it ends by its parent");
    terminates.settle();
  } else {
    w.require(help::one_of(d.reason, {own(), stranger, exit_reason::noproc()}),
              "it ends by either");
    w.require(!terminates.has_happened(s.process()), "without terminate");
  }
  co_await sim::nothing_more(w);
}

// ---- starting

struct starter_case : gen_server<starter_case> {
  std::atomic<int>* running = nullptr;
  sim::world* place = nullptr;
  bool began = false;

  task<init_result> init(sim::world* w, std::atomic<int>* counter, std::uint32_t how) {
    place = w;
    running = counter;
    began = true;
    place->require(++*running == 1, "one server of a name");
    place->require(whereis("unique") == self(), "the name is there before init");
    co_await beamish::sleep(10us);
    if (how == 1) co_return stop_init(own());
    if (how == 2) throw std::runtime_error("no init");
    if (how == 3) co_return ignore();
    if (how == 4) co_await beamish::sleep(1h);
    co_return ok();
  }
  void terminate(const exit_reason&) {}
  starter_case() = default;
  starter_case(const starter_case&) = delete;
  ~starter_case() {
    if (began) --*running;
  }
};

task<start_result<void>> start_one(sim::world& w, std::atomic<int>& running, start_options o,
                                   std::uint32_t how, bool linked) {
  if (linked) {
    const auto got = co_await try_start_link<starter_case>(o, &w, &running, how);
    co_return got.untyped();
  }
  const auto got = co_await try_start<starter_case>(o, &w, &running, how);
  co_return got.untyped();
}

// G3, G4, G5, G7, G8: of many starts of one name one wins; one that fails leaves no name, and tells
// a starter that is linked and traps.
task<> failed_starts(sim::world& w) {
  const std::uint32_t starters = 1 + w.pick(4);
  std::atomic<int> running = 0;
  sim::once ends(w, "end of a starter");
  for (std::uint32_t i = 0; i < starters; ++i) {
    ends.owe(spawn_monitor([&w, &running, how = w.pick(5), linked = w.pick(2) == 1]() -> task<> {
               trap_exits(true);
               start_options o;
               o.name = "unique";
               if (how == 4) o.timeout = 50us;
               const start_result<void> got = co_await start_one(w, running, o, how, linked);
               const bool taken = help::caused_by(got.reason(), {"already_started"});
               if (got.ok()) {
                 w.require(how == 0, "this init does not succeed");
                 const pid p = (*got).process();
                 co_await beamish::sleep(help::moment(w));
                 co_await stop(p);
                 w.require(whereis("unique") != p, "the name of who has stopped is free");
               } else if (taken) {
                 // Somebody else has it.
               } else if (how == 0) {
                 w.require(false, "this init does not fail: " + inspect(got.reason()));
               } else if (how == 3) {
                 w.require(got.ignored(), "ignored");
               }
               // As in OTP, who gave up waiting has unlinked before.
               if (!linked || got.reason().is("timeout")) {
                 co_await sim::nothing_more(w);
                 co_return;
               }
               if (taken) {
                 co_await help::drop<exit_message>();
                 co_return;
               }
               const auto e = co_await receive<exit_message>(help::a_while(w));
               w.require(e.has_value() || !w.simulated(),
                         "a linked starter hears of the end" + std::to_string(how) +
                             inspect(got.reason()) + (got.ok() ? "ok" : "no"));
               co_await sim::nothing_more(w);
             }).id);
  }
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    w.require(d.reason.is_normal(), "no starter fails");
  }
  w.require(!whereis("unique") && running == 0, "nothing is left of a failed start");
  co_await sim::nothing_more(w);
}

// A starter that is killed in the middle of start_link leaves no server and no name.
task<> starter_killed(sim::world& w) {
  std::atomic<int> running = 0;
  const std::uint32_t rounds = 1 + w.pick(3);
  for (std::uint32_t i = 0; i < rounds; ++i) {
    const pid starter = spawn([&w, &running]() -> task<> {
      co_await start_link<starter_case>({.name = "unique"}, &w, &running, 0u);
      co_await help::wait_for_ever();
    });
    co_await beamish::sleep(5us * w.pick(6));
    co_await help::kill(starter);
    co_await w.eventually("the server goes with its starter", 1min,
                          [&] { return w.node().statistics().processes == 1; });
    w.require(!whereis("unique") && running == 0, "nothing is left");
  }
}

}  // namespace

std::vector<sim::scenario> ending_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms);
  const auto deadly =
      sim::faults().delay_signals(0.05, 2s).kill_processes(0.02).throw_in_callbacks(0.05);
  return {
      {"stop_or_call",
       "calls and stops at once: each is answered, terminate runs once",
       stop_or_call,
       {.faults = slow}},
      {"killed_while_called",
       "callers of a server that is killed or fails hear why, once",
       killed_while_called,
       {.faults = deadly}},
      {"parents_exit",
       "a server that traps ends by its parent's exit, with terminate",
       parents_exit,
       {.faults = slow}},
      {"failed_starts",
       "of many starts of one name one wins, and a failed one leaves nothing",
       failed_starts,
       {.faults = slow}},
      {"starter_killed",
       "a starter that is killed takes its half-started server along",
       starter_killed,
       {.faults = slow}},
  };
}
