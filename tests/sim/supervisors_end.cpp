// SPDX-License-Identifier: Apache-2.0
//
// Supervisors: how they and their children end, and who asks them meanwhile.
#include "tests/sim/family.hpp"

namespace {

using family::habits;
using family::home;

// S1, S3, S31: told to end while its children still start, it leaves none of them behind.
task<> shutdown_while_starting(sim::world& w) {
  const home h(w);
  const int count = 1 + static_cast<int>(w.pick(3));
  habits own{.init_takes = 10us * w.pick(3), .stop_takes = 10us * w.pick(2)};
  if (w.pick(2) == 1) own.fails = 3;
  auto children = family::specs(h, count, own);
  children.push_back(child_process("raw", family::raw, h.there, count));
  const pid test = self();
  const pid parent = spawn([&w, children, test]() -> task<> {
    trap_exits(true);
    auto got = co_await supervisor::try_start_link(children, {.strategy = one_for_all});
    if (!got.ok()) {
      const bool failed = help::cause(got.reason()).is_atom("shutdown");
      w.require(failed || got.reason().is("killed"), "why it did not start");
    }
    send(test, got.ok() ? got->process() : pid{});
    co_await receive<atom>();
  });
  w.spare(parent);
  co_await beamish::sleep(help::moment(w));
  const std::uint32_t how = w.pick(3);
  if (how == 0) beamish::exit(parent, exit_reason::kill());
  if (how == 1) send(parent, atom("leave"));
  if (how == 2) {
    const auto shop = co_await receive<pid>();
    if (shop) beamish::exit(shop, exit_reason::kill());
    send(parent, atom("leave"));
  }
  co_await help::end_of(parent);
  co_await family::all_gone(w, h);
  co_await help::drop<pid>();
  co_await sim::nothing_more(w);
}

// S24, S40: a child that dies by itself while it is terminated: one end, no restart, an answer.
task<> exits_cross(sim::world& w) {
  const home h(w);
  const habits own{.stop_takes = 10us * w.pick(3), .ordered = false};
  const auto shop = co_await supervisor::start_link(family::specs(h, 2, own),
                                                    {.strategy = one_for_one, .max_restarts = 1});
  const pid victim = h.there.holder(0);
  const std::uint32_t murderers = 1 + w.pick(2);
  for (std::uint32_t i = 0; i < murderers; ++i)
    spawn([&w, victim, late = help::moment(w)]() -> task<> {
      co_await beamish::sleep(late);
      family::end(w, victim);
    });
  co_await beamish::sleep(help::moment(w));
  const auto stopped = co_await shop.terminate_child(term(0));
  w.require(stopped.ok(), "it is terminated");
  w.require(!h.there.holder(0), "who is terminated has ended");
  const std::size_t before = h.there.entries(0);
  w.require(before <= 2, "at most one restart went before");
  co_await beamish::sleep(help::a_while(w));
  w.require(h.there.entries(0) == before, "who is terminated doesn't start again");
  const auto rows = co_await shop.which_children();
  w.require(rows.size() == 2 && rows[1].state == child_state::stopped, "its specification stays");
  const auto again = co_await shop.restart_child(term(0));
  w.require(again.ok() && again.process() == h.there.holder(0), "it can be started again");
  co_await stop(shop);
  w.require(h.there.size() == 0, "all have stopped");
}

// A supervisor that is killed takes all below it along, by their links.
task<> supervisor_killed(sim::world& w) {
  trap_exits(true);
  const home h(w);
  habits own{.stop_takes = 10us * w.pick(2), .ordered = false};
  auto children = family::specs(h, 1 + static_cast<int>(w.pick(2)), own);
  const std::vector<child_specification> inner{family::spec(h, 7, {}, own),
                                               child_process("raw", family::raw, h.there, 10)};
  children.push_back(supervisor::spec(inner, {.strategy = rest_for_one}));
  auto got = co_await supervisor::try_start_link(children, {.strategy = one_for_one});
  if (got.ok()) {
    co_await beamish::sleep(help::moment(w));
    const pid shop = got->process();
    if (const pid child = h.there.holder(0); child && w.pick(2) == 1) family::end(w, child);
    beamish::exit(shop, exit_reason::kill());
    const exit_reason why = co_await help::end_of(shop);
    w.require(help::one_of(why, {exit_reason::killed(), exit_reason::noproc()}), "it was killed");
  }
  co_await family::all_gone(w, h);
}

// S2, S31: the end of its parent ends a supervisor, with that reason, behind its children.
task<> parent_ends(sim::world& w) {
  const home h(w);
  const habits own{.stop_takes = 10us * w.pick(3)};
  const auto children = family::specs(h, 1 + static_cast<int>(w.pick(3)), own);
  const pid test = self();
  const exit_reason reasons[] = {exit_reason(atom("moving")), exit_reason::normal(),
                                 exit_reason::shutdown(), exit_reason::kill()};
  const exit_reason why = reasons[w.pick(4)];
  const pid parent = spawn([children, test]() -> task<> {
    const auto shop = co_await supervisor::start_link(children, {.strategy = one_for_all});
    send(test, shop.process());
    const auto reason = co_await receive<exit_reason>();
    beamish::exit(reason);
  });
  const pid shop = co_await receive<pid>();
  const reference ends = monitor(shop);
  // It has answered: the monitor is there.
  const supervisor asked(shop);
  co_await asked.count_children();
  if (const pid child = h.there.holder(0); child && w.pick(2) == 1)
    beamish::exit(child, exit_reason::kill());
  co_await beamish::sleep(help::moment(w));
  if (why.is("kill"))
    beamish::exit(parent, why);
  else
    send(parent, why);
  const down_message down = co_await help::down_of(ends);
  w.require(down.reason == (why.is("kill") ? exit_reason::killed() : why), "its parent's reason");
  w.require(h.there.size() == 0, "its children have gone before it");
  co_await sim::nothing_more(w);
}

// S19, S20, S21: who does not stop is killed when its time is over, not before and not later.
task<> stubborn_children(sim::world& w) {
  const home h(w);
  const int count = 1 + static_cast<int>(w.pick(4));
  std::vector<child_specification> children;
  duration expected{};
  for (int number = 0; number < count; ++number) {
    child_options o;
    habits own;
    const duration limit = 1ms * (1 + w.pick(3));
    const std::uint32_t kind = w.pick(4);
    o.shutdown = limit;
    if (kind == 1) own.stop_takes = infinity;
    if (kind == 2) own.stop_takes = limit / 2;
    if (kind == 3) {
      own.stop_takes = infinity;
      o.shutdown = shutdown_limit(brutal_kill);
    }
    if (kind == 1) expected += limit;
    if (kind == 2) expected += limit / 2;
    children.push_back(family::spec(h, number, o, own));
  }
  const auto shop = co_await supervisor::start_link(children, {.strategy = one_for_one});
  const duration begun = now();
  const bool one_by_one = w.pick(2) == 1;
  for (int number = count; one_by_one && number-- > 0;) {
    const auto stopped = co_await shop.terminate_child(term(number));
    w.require(stopped.ok() && !h.there.holder(number), "it has stopped");
  }
  co_await stop(shop);
  w.require(h.there.size() == 0, "all have stopped");
  w.require(now() - begun >= expected, "nobody is killed before its time is over");
  w.require(!w.simulated() || now() - begun == expected, "nobody gets more time than it has");
  co_await sim::nothing_more(w);
}

// S34, S35, S37: the ends of significant children end the supervisor when they should.
task<> significant_children(sim::world& w) {
  trap_exits(true);
  const home h(w);
  const bool any = w.pick(2) == 0;
  const int count = 1 + static_cast<int>(w.pick(3));
  std::vector<child_specification> children;
  std::vector<bool> significant, transient;
  // Pauses that outlast the test: who pauses has not ended.
  const bool pauses = w.pick(3) == 2;
  for (int number = 0; number < count; ++number) {
    significant.push_back(w.pick(3) != 2);
    transient.push_back(w.pick(2) == 0);
    child_options o;
    o.significant = significant.back();
    o.restart = transient.back() ? restart_kind::transient : restart_kind::temporary;
    if (pauses) o.backoff = restart_backoff{.first = 24h, .max = 24h, .jitter = 0};
    children.push_back(family::spec(h, number, o, {.ordered = false}));
  }
  const auto shop = co_await supervisor::start_link(
      children, {.strategy = one_for_one,
                 .max_restarts = no_restart_limit,
                 .auto_shutdown = any ? any_significant : all_significant});
  std::size_t open = 0;
  for (const bool is : significant) open += is ? 1 : 0;
  bool ends = false;
  for (int number = 0; number < count && !ends; ++number) {
    const auto at = static_cast<std::size_t>(number);
    const std::uint32_t how = w.pick(4);
    const pid child = h.there.holder(number);
    if (how == 0) cast<family::member::leave>(child, exit_reason::normal());
    if (how == 1) cast<family::member::leave>(child, exit_reason::shutdown(term(1)));
    if (how == 2) beamish::exit(child, exit_reason::kill());
    // Terminated: that is no end of its own.
    if (how == 3) {
      const auto stopped = co_await shop.terminate_child(term(number));
      w.require(stopped.ok(), "it is terminated");
    }
    const bool stays = how == 2 && transient[at];
    if (significant[at] && !stays) --open;
    ends = significant[at] && !stays && how != 3 && (any || open == 0);
    co_await beamish::sleep(help::a_while(w));
    w.require(alive(shop.process()) != ends, "it ends with its significant children");
    const bool again = stays && !pauses;
    if (!ends) w.require(bool(h.there.holder(number)) == again, "a crash of a transient child");
  }
  if (ends) {
    const auto over = co_await receive<exit_message>();
    w.require(over.reason.is("shutdown") && h.there.size() == 0, "it ends with `shutdown`");
  } else {
    co_await stop(shop);
    co_await receive<exit_message>();
  }
  co_await sim::nothing_more(w);
}

// ---- who asks

// A few of the functions that change children, at random.
task<> manage(sim::world& w, supervisor shop, home h) {
  const habits own{.ordered = false};
  const std::uint32_t count = 1 + w.pick(3);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto number = static_cast<int>(w.pick(2));
    const std::uint32_t what = w.pick(4);
    if (what == 0) {
      const auto got = co_await shop.start_child(family::spec(h, number, {}, own));
      w.require(got.ok() || got.reason().is("already_present") || got.reason().is("killed") ||
                    got.reason().value().elements()[0].is_atom("already_started"),
                "what start_child may answer");
    }
    if (what == 1) {
      const auto got = co_await shop.terminate_child(term(number));
      w.require(got.ok() || got.reason().is("not_found"), "what terminate_child may answer");
    }
    if (what == 2) {
      const auto got = co_await shop.restart_child(term(number));
      const bool known =
          got.ok() ||
          help::one_of(got.reason(), {exit_reason(atom("running")), exit_reason(atom("restarting")),
                                      exit_reason(atom("not_found")), exit_reason::killed()});
      w.require(known, "what restart_child may answer");
    }
    if (what == 3) {
      const auto got = co_await shop.delete_child(term(number));
      const bool known = got.ok() || help::one_of(got.reason(), {exit_reason(atom("running")),
                                                                 exit_reason(atom("restarting")),
                                                                 exit_reason(atom("not_found"))});
      w.require(known, "what delete_child may answer");
    }
  }
}

// S23, S24, S25, S29: several who start, stop and forget the same children, which die meanwhile.
task<> asked_by_many(sim::world& w) {
  const home h(w);
  const auto shop =
      co_await family::unharmed(w, {}, {.strategy = one_for_one, .max_restarts = no_restart_limit});
  sim::once ends(w, "end of who asks");
  const std::uint32_t clients = 1 + w.pick(3);
  for (std::uint32_t i = 0; i < clients; ++i)
    ends.owe(spawn_monitor(manage, std::ref(w), shop, h).id);
  co_await help::ends_of(w, ends, "normal", "killed");
  w.calm();
  co_await beamish::sleep(help::a_while(w));
  const auto rows = co_await shop.which_children();
  family::tells_the_truth(w, rows, h.there);
  const auto counts = co_await shop.count_children();
  w.require(counts.specs == rows.size() && counts.active == h.there.size(), "they are counted");
  for (const child_info& row : rows) {
    const term id = row.id;
    const auto stopped = co_await shop.terminate_child(id);
    const auto forgotten = co_await shop.delete_child(id);
    w.require(stopped.ok() && forgotten.ok(), "each can be forgotten");
  }
  w.require(h.there.size() == 0, "nobody is left behind");
  co_await stop(shop);
}

// The supervisor ends while it is asked: each call has an answer or fails, no child stays.
task<> dies_while_asked(sim::world& w) {
  trap_exits(true);
  const home h(w);
  const habits own{.init_takes = 10us * w.pick(2), .ordered = false};
  const auto shop = co_await supervisor::start_link({}, {.strategy = one_for_one});
  sim::once ends(w, "end of who asks");
  const std::uint32_t clients = 1 + w.pick(3);
  for (std::uint32_t i = 0; i < clients; ++i) {
    const auto number = static_cast<int>(i);
    ends.owe(spawn_monitor([&w, shop, h, number, own]() -> task<> {
               const auto got = co_await shop.start_child(family::spec(h, number, {}, own));
               w.require(got.ok(), "it starts");
               const auto there = co_await shop.terminate_child(term(number));
               w.require(there.ok(), "it is there");
             }).id);
  }
  co_await beamish::sleep(help::moment(w));
  const std::uint32_t how = w.pick(3);
  if (how == 0) beamish::exit(shop.process(), exit_reason::kill());
  if (how == 1) beamish::exit(shop.process(), exit_reason::shutdown());
  if (how == 2) co_await stop(shop);
  co_await help::ends_of(w, ends, "normal", "killed", "noproc", "shutdown");
  co_await family::all_gone(w, h);
  co_await receive<exit_message>();
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> supervisor_end_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s);
  const auto deadly = sim::faults().delay_signals(0.05, 2s).kill_processes(0.02);
  return {
      {"shutdown_while_starting",
       "a supervisor told to end while its children start leaves none behind",
       shutdown_while_starting,
       {.faults = deadly}},
      {"exits_cross",
       "a child that dies while it is terminated ends once and doesn't start again",
       exits_cross,
       {.faults = slow}},
      {"supervisor_killed",
       "a supervisor that is killed takes all below it along",
       supervisor_killed,
       {.faults = slow}},
      {"parent_ends",
       "the end of its parent ends a supervisor behind its children, with that reason",
       parent_ends,
       {.faults = slow}},
      {"stubborn_children", "who does not stop is killed when its time is over", stubborn_children},
      {"significant_children",
       "the ends of significant children end the supervisor when they should",
       significant_children,
       {.faults = slow}},
      {"asked_by_many",
       "several who start, stop and forget the same children get answers that fit",
       asked_by_many,
       {.faults = deadly}},
      {"dies_while_asked",
       "when a supervisor ends each call is answered or fails, and no child stays",
       dies_while_asked,
       {.faults = slow}},
  };
}
