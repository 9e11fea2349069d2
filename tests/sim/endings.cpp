// SPDX-License-Identifier: Apache-2.0
//
// How servers end: terminate once or not at all, callers who are told, names that are free again.
#include "tests/sim/help.hpp"

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

// ---- a terminate that fails

struct frail : gen_server<frail> {
  enum class way : std::uint8_t { returns, throws, exits };
  struct leave {
    way by;
  };
  using messages = accepts<leave>;
  way last = way::returns;
  duration pause{};

  void init(way l, duration p) {
    last = l;
    pause = p;
    trap_exits(true);
  }
  static void go(way how, const char* said) {
    if (how == way::throws) throw std::runtime_error(said);
    if (how == way::exits) beamish::exit(exit_reason(atom(said)));
  }
  outcome handle_cast(leave& m) {
    go(m.by, "callback");
    return stop(own());
  }
  task<> terminate() {
    if (pause.count() != 0) co_await beamish::sleep(pause);
    go(last, "terminate");
  }
};

bool said(const exit_reason& why, frail::way how, const char* what) {
  if (how == frail::way::exits) return why == exit_reason(atom(what));
  return why.exception() != nullptr && why.exception()->what == what;
}

// G42: the reason of a server's end is that of its terminate if that fails, whatever it was before.
task<> terminate_may_fail(sim::world& w) {
  using way = frail::way;
  const auto last = static_cast<way>(w.pick(3));
  const auto s = co_await start_link<frail>(last, help::moment(w));
  const reference id = monitor(s);
  trap_exits(true);
  const auto by = static_cast<way>(w.pick(3));
  const std::uint32_t how = w.pick(3);
  if (how == 0) s.cast<frail::leave>(by);
  if (how == 1) beamish::exit(s, own());
  if (how == 2) {
    const auto stopped = co_await attempt(stop(s, own()));
    w.require(stopped.ok() == (last == way::returns), "stop tells whether it went well");
  }
  const down_message d = co_await help::down_of(id);
  const auto e = co_await receive<exit_message>();
  w.require(e.reason == d.reason, "all hear the same");
  if (last != way::returns)
    w.require(said(d.reason, last, "terminate"), "the reason of its terminate");
  else if (how == 0 && by != way::returns)
    w.require(said(d.reason, by, "callback"), "the reason of its callback");
  else
    w.require(d.reason == own(), "the reason that it was stopped with");
  co_await sim::nothing_more(w);
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
      {"terminate_may_fail",
       "a terminate that fails gives the reason of the end",
       terminate_may_fail,
       {.faults = slow}},
  };
}
