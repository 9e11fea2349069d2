// SPDX-License-Identifier: Apache-2.0
//
// Dynamic supervisors: their limit, their restarts, and how they end.
#include "tests/sim/family.hpp"

namespace {

using family::habits;
using family::home;

// One that faults leave alone.
task<dynamic_supervisor> unharmed(sim::world& w, dynamic_supervisor_options o) {
  trap_exits(true);
  for (;;) {
    auto got = co_await dynamic_supervisor::try_start_link(o);
    if (got.ok()) {
      w.spare(got->process());
      auto counts = co_await attempt(got->count_children());  // no kill is under way
      if (counts.ok()) co_return *got;
    }
    // Its EXIT may come late.
    co_await beamish::sleep(help::a_while(w));
  }
}

// A child of a house that has room for so many.
struct guest : gen_server<guest> {
  struct leave {
    exit_reason why;
  };
  using messages = accepts<leave>;
  std::optional<sim::gauge::visit> here;

  void init(sim::gauge house) {
    house.queue();
    here.emplace(house);
  }
  outcome handle_cast(leave& m) { return stop(m.why); }
};

// Starts children and ends them, in several ways.
task<> come_and_go(sim::world& w, dynamic_supervisor shop, sim::gauge house) {
  const std::uint32_t count = 1 + w.pick(2);
  for (std::uint32_t n = 0; n < count; ++n) {
    const auto got = co_await shop.start_child(child_spec<guest>(house));
    if (!got.ok()) {
      const bool known = got.reason().is("max_children") || got.reason().is("killed");
      w.require(known, "why a child does not start");
      continue;
    }
    const std::uint32_t how = w.pick(4);
    if (how == 1) beamish::exit(got.process(), exit_reason::kill());
    if (how == 2) cast<guest::leave>(got.process(), exit_reason::normal());
    if (w.pick(2) == 1) {
      const auto gone = co_await shop.terminate_child(got.process());
      w.require(gone.ok() || gone.reason().is("not_found"), "it is gone");
      w.require(!alive(got.process()), "who is terminated has ended");
    }
  }
}

// D1, D2, D5: never more children than the limit, whoever starts, ends and dies.
task<> max_children(sim::world& w) {
  const std::uint32_t limit = 1 + w.pick(2), clients = 1 + w.pick(3);
  const sim::gauge house(w, "children", limit);
  const auto shop = co_await unharmed(
      w, {.max_restarts = dynamic_supervisor_options::no_limit, .max_children = limit});
  sim::once ends(w, "end of a client");
  for (std::uint32_t i = 0; i < clients; ++i)
    ends.owe(spawn_monitor(come_and_go, std::ref(w), shop, house).id);
  co_await help::ends_of(w, ends, "normal", "killed");
  w.calm();
  co_await beamish::sleep(help::a_while(w));
  const auto rows = co_await shop.which_children();
  w.require(static_cast<std::int64_t>(rows.size()) == house.inside(), "each row is a child");
  const auto counts = co_await shop.count_children();
  w.require(counts.active == rows.size(), "they are counted");
  const auto next = co_await shop.start_child(child_spec<guest>(house));
  w.require(next.ok() == (rows.size() < limit), "what finds a place starts, and nothing else");
  co_await stop(shop);
  w.require(house.inside() == 0, "all have stopped");
}

// D6, D7: who starts again is told by its kind and its reason; one restart too many ends all.
task<> kinds_of_children(sim::world& w) {
  trap_exits(true);
  const home h(w, self());
  const std::uint32_t most = w.pick(3);
  const auto shop =
      co_await dynamic_supervisor::start_link({.max_restarts = most, .max_seconds = 1h});
  const auto kind = static_cast<restart_kind>(w.pick(3));
  child_options o;
  o.restart = kind;
  const auto got = co_await shop.start_child(family::spec(h, 0, o));
  w.require(got.ok(), "it starts");
  std::uint32_t restarts = 0;
  for (;;) {
    const auto child = co_await receive<family::started>();
    const std::uint32_t how = w.pick(4);
    if (how == 0) cast<family::member::leave>(child.process, exit_reason::normal());
    if (how == 1) cast<family::member::leave>(child.process, exit_reason::shutdown(term(1)));
    if (how == 2) cast<family::member::leave>(child.process, exit_reason(atom("own")));
    if (how == 3) beamish::exit(child.process, exit_reason::kill());
    co_await beamish::sleep(help::a_while(w));
    const bool again =
        kind == restart_kind::permanent || (kind == restart_kind::transient && how >= 2);
    const bool over = again && restarts == most;
    w.require(alive(shop.process()) != over, "one restart too many ends it");
    if (over) break;
    w.require(h.there.size() == (again ? 1u : 0u), "who starts again");
    const auto counts = co_await shop.count_children();
    w.require(counts.specs == h.there.size(), "who doesn't start again is forgotten");
    if (!again) break;
    if (++restarts > most) break;
  }
  if (alive(shop.process())) co_await stop(shop);
  const auto over = co_await receive<exit_message>();
  w.require(over.from == shop.process() && h.there.size() == 0, "its children go before it");
  co_await help::drop<family::started>();
  co_await sim::nothing_more(w);
}

// D8: all are told at once, each has its own time, and it waits for all of them.
task<> all_at_once(sim::world& w) {
  const home h(w);
  const auto shop = co_await dynamic_supervisor::start_link();
  const int count = 1 + static_cast<int>(w.pick(4));
  const bool one_dies = w.pick(2) == 1;
  duration expected{};
  for (int number = 0; number < count; ++number) {
    child_options o;
    o.restart = restart_kind::temporary;
    habits own{.ordered = false};
    const duration limit = 1ms * (1 + w.pick(3));
    const std::uint32_t kind = w.pick(4);
    o.shutdown = kind == 3 ? shutdown_limit(brutal_kill) : shutdown_limit(limit);
    if (kind == 1 || kind == 3) own.stop_takes = infinity;
    if (kind == 2) own.stop_takes = limit / 2;
    const duration takes = kind == 1 ? limit : kind == 2 ? limit / 2 : duration{};
    if (number > 0 || !one_dies) expected = std::max(expected, takes);
    const auto got = co_await shop.start_child(family::spec(h, number, o, own));
    w.require(got.ok(), "it starts");
  }
  const duration begun = now();
  // By itself, at the moment at which it is told to stop.
  if (one_dies) beamish::exit(h.there.holder(0), exit_reason::kill());
  co_await stop(shop);
  w.require(h.there.size() == 0, "all have stopped");
  w.require(now() - begun >= expected, "nobody is killed before its time is over");
  w.require(!w.simulated() || now() - begun == expected, "all stop at the same time");
  co_await sim::nothing_more(w);
}

// D4: it is killed while children start: each call is answered or fails, no child stays.
task<> dynamic_dies(sim::world& w) {
  trap_exits(true);
  const home h(w);
  const auto shop = co_await dynamic_supervisor::start_link();
  sim::once ends(w, "end of a client");
  const std::uint32_t clients = 1 + w.pick(3);
  for (std::uint32_t i = 0; i < clients; ++i) {
    habits own{.init_takes = 10us * w.pick(3), .ordered = false};
    ends.owe(spawn_monitor([&w, shop, h, number = static_cast<int>(i), own]() -> task<> {
               const auto got = co_await shop.start_child(family::spec(h, number, {}, own));
               w.require(got.ok(), "it starts");
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

// D5: children that fail to start again and again: terminated while they wait, or there at last.
task<> dynamic_restarts_fail(sim::world& w) {
  const home h(w);
  const auto shop = co_await unharmed(w, {.max_restarts = dynamic_supervisor_options::no_limit});
  const int count = 1 + static_cast<int>(w.pick(2));
  const habits own{.fails = 2, .ordered = false};
  std::vector<pid> first;
  while (static_cast<int>(first.size()) < count) {
    const auto number = static_cast<int>(first.size());
    const auto got = co_await shop.start_child(family::spec(h, number, {}, own));
    if (got.ok()) first.push_back(got.process());
  }
  for (const pid child : first) beamish::exit(child, exit_reason::kill());
  co_await beamish::sleep(help::moment(w));
  std::size_t left = first.size();
  if (w.pick(2) == 1) {
    // By the process that it was: unless it has been started again meanwhile, that ends it.
    const auto gone = co_await shop.terminate_child(first[0]);
    w.require(gone.ok() || gone.reason().is("not_found"), "it is terminated, or there again");
    if (gone.ok()) --left;
  }
  co_await w.eventually("the others are there", 1min, [&] { return h.there.size() == left; });
  co_await beamish::sleep(help::a_while(w));
  const auto counts = co_await shop.count_children();
  w.require(counts.specs == left && counts.active == left, "they are counted");
  co_await stop(shop);
  w.require(h.there.size() == 0, "all have stopped");
}

}  // namespace

std::vector<sim::scenario> dynamic_supervisor_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s);
  const auto deadly = sim::faults().delay_signals(0.05, 2s).kill_processes(0.02);
  return {
      {"max_children",
       "never more children than the limit, whoever starts, ends and dies",
       max_children,
       {.faults = deadly}},
      {"kinds_of_children",
       "who starts again is told by its kind and its reason, and so often",
       kinds_of_children,
       {.faults = slow}},
      {"all_at_once", "a dynamic supervisor stops all at once and waits for each", all_at_once},
      {"dynamic_dies",
       "when it dies while children start each call is answered or fails, no child stays",
       dynamic_dies,
       {.faults = slow}},
      {"dynamic_restarts_fail",
       "children whose restart fails are there at last, or terminated",
       dynamic_restarts_fail,
       {.faults = deadly}},
  };
}
