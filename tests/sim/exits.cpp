// SPDX-License-Identifier: Apache-2.0
//
// Exit signals and links: who dies of what, and who hears of it.
#include "tests/sim/help.hpp"

namespace {

exit_reason own(std::uint32_t number) { return exit_reason(tuple(atom("own"), number)); }

// P8, P9, P11: a kill can't be trapped, anything else can; links and monitors hear `killed`.
task<> kill_or_trap(sim::world& w) {
  trap_exits(true);
  const pid me = self();
  const std::uint32_t before = w.pick(4);
  const pid target = spawn_link([me]() -> task<> {
    trap_exits(true);
    co_await receive<atom>();
    send(me, atom("ready"));
    // A message goes before each exit signal.
    for (std::uint32_t i = 0;; ++i) {
      const auto m = co_await receive<exit_message, std::uint32_t>();
      const auto* number = std::get_if<std::uint32_t>(&m);
      if (number == nullptr || *number != i) beamish::exit(own(77));
      const auto e = co_await receive<exit_message, std::uint32_t>();
      if (!std::holds_alternative<exit_message>(e)) beamish::exit(own(78));
      send(me, tuple(i, std::get<exit_message>(e).reason.value()));
    }
  });
  const reference id = monitor(target);
  send(target, atom("watched"));
  co_await receive<atom>();
  auto killer = spawn_monitor([target, before] {
    for (std::uint32_t i = 0; i < before; ++i) {
      send(target, i);
      beamish::exit(target, i % 2 == 0 ? own(i) : exit_reason::normal());
    }
    beamish::exit(target, exit_reason::kill());
    beamish::exit(target, own(99));
  });
  std::uint32_t seen = 0;
  bool down = false, gone = false, killed = false;
  while (!down || !gone || !killed) {
    const auto got = co_await receive<term, down_message, exit_message>();
    if (const auto* t = std::get_if<term>(&got)) {
      const term expected = seen % 2 == 0 ? own(seen).value() : term(atom("normal"));
      w.require(*t == tuple(seen, expected) && seen < before, "exits are trapped in their order");
      w.require(!down && !gone, "nothing comes behind the end");
      ++seen;
    } else if (const auto* d = std::get_if<down_message>(&got)) {
      if (d->id == killer.id) {
        killed = true;
        continue;
      }
      w.require(d->id == id && d->reason == exit_reason::killed() && !down, "one DOWN, killed");
      down = true;
    } else {
      const auto& e = std::get<exit_message>(got);
      w.require(e.from == target && e.reason == exit_reason::killed() && !gone, "one EXIT, killed");
      gone = true;
    }
  }
  w.require(!alive(target), "it is dead");
  co_await sim::nothing_more(w);
}

// P5: two that are linked and end at the same time: each dies of its own reason, or of the other's.
task<> exits_crossing(sim::world& w) {
  struct go {
    pid peer;
    duration when;
  };
  const auto partner = [](std::uint32_t number) -> task<> {
    const go g = co_await receive<go>();
    link(g.peer);
    co_await beamish::sleep(g.when);
    beamish::exit(own(number));
  };
  const auto a = spawn_monitor(partner, 0u), b = spawn_monitor(partner, 1u);
  send(a.process, go{b.process, help::moment(w)});
  send(b.process, go{a.process, help::moment(w)});
  sim::once downs(w, "DOWN of a partner");
  downs.owe(a.id);
  downs.owe(b.id);
  exit_reason of[2];
  while (downs.open() > 0) {
    const auto d = co_await receive<down_message>();
    downs.happened(d.id);
    of[d.id == a.id ? 0 : 1] = d.reason;
  }
  const exit_reason gone = exit_reason::noproc();
  w.require(help::one_of(of[0], {own(0), own(1), gone}), "a reason of theirs");
  w.require(help::one_of(of[1], {own(1), own(0), gone}), "a reason of theirs");
  w.require(of[0] != own(1) || of[1] == own(1), "who gave its reason died of it");
  w.require(of[1] != own(0) || of[0] == own(0), "who gave its reason died of it");
  w.require(of[0] != gone || of[1] != gone, "one was there when the other linked");
  co_await sim::nothing_more(w);
}

// P6, P11, P18: a normal end, an exit signal `normal`, and a monitor harm nobody.
task<> normal_harms_nobody(sim::world& w) {
  const auto parent = spawn_monitor([&w]() -> task<> {
    const std::uint32_t children = 1 + w.pick(4);
    for (std::uint32_t i = 0; i < children; ++i) {
      const pid me = self();
      if (w.pick(2) == 0)
        spawn_link([me] { beamish::exit(me, exit_reason::normal()); });
      else
        spawn_monitor([] { beamish::exit(own(2)); });
      co_await beamish::sleep(help::moment(w));
    }
    co_await beamish::sleep(help::a_while(w));
    beamish::exit(own(3));
  });
  const auto d = co_await help::down_of(parent.id);
  w.require(d.reason == own(3), "it ends by itself: " + inspect(d.reason));
  co_await sim::nothing_more(w);
}

// The bond is in place before the first line runs, however early the child ends.
task<> born_with_a_bond(sim::world& w) {
  trap_exits(true);
  sim::once ends(w, "end of a child");
  const std::uint32_t children = 1 + w.pick(5);
  std::vector<std::pair<pid, exit_reason>> reasons;
  for (std::uint32_t i = 0; i < children; ++i) {
    const std::uint32_t how = w.pick(4);
    const auto body = [how, i]() -> task<> {
      if (how == 1) beamish::exit(own(i));
      if (how == 2) beamish::exit(self(), own(i));
      if (how == 3) co_await help::wait_for_ever();
    };
    const bool linked = i % 2 == 0;
    pid child;
    if (linked) {
      ends.owe(child = spawn_link(body));
    } else {
      const monitored m = spawn_monitor(body);
      child = m.process;
      ends.owe(m.id);
    }
    if (how == 3) beamish::exit(child, exit_reason::kill());
    reasons.emplace_back(child, how == 0   ? exit_reason::normal()
                                : how == 3 ? exit_reason::killed()
                                           : own(i));
  }
  const auto check = [&](pid who, const exit_reason& why) {
    for (const auto& [child, reason] : reasons) {
      if (child == who) w.require(reason == why, "each end with its reason");
    }
  };
  while (ends.open() > 0) {
    const auto got = co_await receive<down_message, exit_message>();
    if (const auto* d = std::get_if<down_message>(&got)) {
      ends.happened(d->id);
      check(d->process, d->reason);
    } else {
      const auto& e = std::get<exit_message>(got);
      ends.happened(e.from);
      check(e.from, e.reason);
    }
  }
  co_await sim::nothing_more(w);
}

// Every process of a family may be killed at any time: whoever is linked to it goes, too, and
// whoever monitors hears of it once.
task<> families_under_fire(sim::world& w) {
  sim::once downs(w, "DOWN of a member");
  const std::uint32_t families = 1 + w.pick(3);
  std::vector<monitored> parents;
  for (std::uint32_t i = 0; i < families; ++i) {
    parents.push_back(spawn_monitor([]() -> task<> {
      for (int c = 0; c < 3; ++c) spawn_link(help::wait_for_ever);
      co_await beamish::sleep(50us);
      beamish::exit(own(1));
    }));
    downs.owe(parents.back().id);
  }
  while (downs.open() > 0) {
    const auto d = co_await receive<down_message>();
    downs.happened(d.id);
    w.require(help::one_of(d.reason, {own(1), exit_reason::killed()}), "its own reason, or killed");
  }
  co_await w.eventually("no orphans", 10s, [&w] { return w.node().statistics().processes == 1; });
}

}  // namespace

std::vector<sim::scenario> exit_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms);
  const auto deadly = sim::faults().delay_signals(0.05, 2s).kill_processes(0.02);
  return {
      {"kill_or_trap",
       "a kill can't be trapped, and observers hear `killed`",
       kill_or_trap,
       {.faults = slow}},
      {"exits_crossing",
       "two linked processes that end at once die of a reason of theirs",
       exits_crossing,
       {.faults = slow}},
      {"normal_harms_nobody",
       "a normal end, an exit `normal` and a monitor harm nobody",
       normal_harms_nobody,
       {.faults = slow}},
      {"born_with_a_bond",
       "links and monitors of a spawn are there before the child runs",
       born_with_a_bond,
       {.faults = slow}},
      {"families_under_fire",
       "who is linked to a killed process goes with it",
       families_under_fire,
       {.faults = deadly}},
  };
}
