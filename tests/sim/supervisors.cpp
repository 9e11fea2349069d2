// SPDX-License-Identifier: Apache-2.0
//
// Supervisors: which children start again, in which order, and how often.
#include "tests/sim/family.hpp"

namespace {

using family::habits;
using family::home;

// Crashes some of `count` children, at any moment. The lowest number that was hit.
task<int> storm(sim::world& w, const home& h, int count) {
  const std::uint32_t rounds = 1 + w.pick(3);
  int lowest = count;
  for (std::uint32_t i = 0; i < rounds; ++i) {
    const auto number = static_cast<int>(w.pick(static_cast<std::uint32_t>(count)));
    if (const pid victim = h.there.holder(number)) {
      family::end(w, victim);
      lowest = std::min(lowest, number);
    }
    co_await beamish::sleep(help::moment(w));
  }
  co_return lowest;
}

// S6, S9, S17, S30: whatever dies, in the end one child is there for each permanent
// specification, and the supervisor knows it.
task<> one_child_each(sim::world& w) {
  const int count = 1 + static_cast<int>(w.pick(3));
  const home h(w);
  habits own{.ordered = false};
  if (w.pick(2) == 1) own.fails = 3;
  const auto shop = co_await family::unharmed(
      w, family::specs(h, count, own), {.strategy = one_for_one, .max_restarts = no_restart_limit});
  co_await storm(w, h, count);
  co_await w.eventually("each child is there", 1min,
                        [&] { return h.there.size() == static_cast<std::size_t>(count); });
  co_await beamish::sleep(help::a_while(w));
  const auto rows = co_await shop.which_children();
  w.require(rows.size() == static_cast<std::size_t>(count), "a row for each");
  family::tells_the_truth(w, rows, h.there);
  const auto counts = co_await shop.count_children();
  w.require(counts.active == rows.size() && counts.workers == rows.size(), "they are counted");
  co_await stop(shop);
}

// S1, S2, S10, S11, S18: start order and reverse stop order, whatever dies meanwhile.
task<> groups_restart(sim::world& w) {
  const int count = 2 + static_cast<int>(w.pick(2));
  const home h(w);
  habits own;
  own.stop_takes = 10us * w.pick(2);
  if (w.pick(3) == 2) own.fails = 3;
  const restart_strategy strategy = w.pick(2) == 0 ? one_for_all : rest_for_one;
  const auto shop = co_await family::unharmed(
      w, family::specs(h, count, own), {.strategy = strategy, .max_restarts = no_restart_limit});
  co_await storm(w, h, count);
  co_await w.eventually("the whole group is there", 1min,
                        [&] { return h.there.size() == static_cast<std::size_t>(count); });
  co_await beamish::sleep(help::a_while(w));
  const auto rows = co_await shop.which_children();
  family::tells_the_truth(w, rows, h.there);
  co_await stop(shop);
  w.require(h.there.size() == 0, "all have stopped");
}

// S11: those before the one that failed go on undisturbed.
task<> older_ones_stay(sim::world& w) {
  const int count = 2 + static_cast<int>(w.pick(3));
  const home h(w);
  const restart_strategy strategy = w.pick(2) == 0 ? rest_for_one : one_for_one;
  habits own{.ordered = strategy != one_for_one};
  const auto shop = co_await supervisor::start_link(
      family::specs(h, count, own), {.strategy = strategy, .max_restarts = no_restart_limit});
  const int lowest = co_await storm(w, h, count);
  co_await beamish::sleep(help::a_while(w));
  w.require(h.there.size() == static_cast<std::size_t>(count), "all are there");
  for (int number = 0; number < lowest; ++number)
    w.require(h.there.entries(number) == 1, "those before it are left alone");
  const auto rows = co_await shop.which_children();
  family::tells_the_truth(w, rows, h.there);
  co_await stop(shop);
}

// S13, S14, S16: one restart more than the intensity allows ends the supervisor, and no other.
task<> restarts_in_a_window(sim::world& w) {
  trap_exits(true);
  const std::int64_t most = w.pick(3);
  // On real threads nobody knows when the supervisor looks at its clock, so all is within the time.
  const duration period = w.simulated() ? duration(1ms) : duration(1min);
  const home h(w, self());
  const auto shop = co_await supervisor::start_link(
      family::specs(h, 1), {.strategy = one_for_one, .max_restarts = most, .max_seconds = period});
  const duration gaps[] = {0ms, period / 2, period - 1ns, period, period + 1ns};
  std::vector<duration> restarts;
  for (std::int64_t i = 0; i < most + 3; ++i) {
    const auto child = co_await receive<family::started>();
    co_await beamish::sleep(w.simulated() ? gaps[w.pick(5)] : duration(0));
    restarts.push_back(now());
    beamish::exit(child.process, exit_reason::kill());
    const auto in_window = std::count_if(restarts.begin(), restarts.end(),
                                         [&](duration r) { return r + period >= restarts.back(); });
    if (in_window > most) break;
    co_await beamish::sleep(w.simulated() ? duration(0) : duration(1us));
    w.require(!w.simulated() || alive(shop.process()), "so many restarts are allowed");
  }
  const auto over = co_await receive<exit_message>(w.simulated() ? duration(period) : infinity);
  const bool gives_up = over && over->from == shop.process() && over->reason.is("shutdown");
  if (gives_up) {
    w.require(h.there.size() == 0, "its children have gone with it");
  } else {
    const auto last = restarts.back();
    const auto in_window = std::count_if(restarts.begin(), restarts.end(),
                                         [&](duration r) { return r + period >= last; });
    w.require(in_window <= most, "one restart too many ends the supervisor");
    co_await stop(shop);
  }
  co_await help::drop<family::started>();
  co_await help::drop<exit_message>();
  co_await sim::nothing_more(w);
}

// Pauses between restarts: as long as they are said to be, and only for the child itself.
task<> back_off(sim::world& w) {
  const home h(w, self());
  const duration first = 1ms;
  child_options o;
  o.backoff = restart_backoff{.first = first, .max = 4 * first, .jitter = 0.5};
  auto children = family::specs(h, 2, {.ordered = false});
  children[0] = family::spec(h, 0, o, {.ordered = false});
  const auto shop = co_await supervisor::start_link(
      children, {.strategy = one_for_one, .max_restarts = no_restart_limit});
  const auto is_first = [](const family::started& m) { return m.number == 0; };
  auto child = co_await receive_if<family::started>(is_first);
  co_await receive<family::started>();
  duration pause = first;
  const std::uint32_t rounds = 1 + w.pick(4);
  for (std::uint32_t i = 0; i < rounds; ++i) {
    const duration ended = now();
    beamish::exit(child.process, exit_reason::kill());
    co_await help::end_of(child.process);
    if (w.pick(4) == 3) {
      const auto stopped = co_await shop.terminate_child(term(0));
      w.require(stopped.ok(), "one that waits for its restart can be terminated");
      const auto again = co_await receive<family::started>(help::a_while(w));
      w.require(!again, "one that was terminated doesn't start");
      break;
    }
    const auto rows = co_await shop.which_children();
    w.require(rows[0].process == h.there.holder(1), "the other child is left alone");
    child = co_await receive<family::started>();
    const duration waited = now() - ended;
    w.require(child.number == 0 && waited >= pause / 2, "the pause is not too short");
    w.require(!w.simulated() || waited <= pause + pause / 2, "the pause is not too long");
    pause = std::min(2 * pause, 4 * first);
  }
  w.require(h.there.entries(1) == 1, "the other child is left alone");
  co_await stop(shop);
  co_await sim::nothing_more(w);
}

// S8, S12: a temporary child starts once, and its specification goes with it.
task<> temporary_children(sim::world& w) {
  const int count = 2 + static_cast<int>(w.pick(2));
  const home h(w);
  const auto strategy = static_cast<restart_strategy>(w.pick(3));
  std::vector<child_specification> children;
  for (int number = 0; number < count; ++number) {
    child_options o;
    if (number % 2 == 1) o.restart = restart_kind::temporary;
    children.push_back(family::spec(h, number, o, {.ordered = false}));
  }
  const auto shop = co_await family::unharmed(
      w, children, {.strategy = strategy, .max_restarts = no_restart_limit});
  std::vector<std::size_t> before;
  for (int number = 0; number < count; ++number) before.push_back(h.there.entries(number));
  co_await storm(w, h, count);
  const auto permanent = [&] { return h.there.holder(0) && (count < 3 || h.there.holder(2)); };
  co_await w.eventually("the permanent ones are there", 1min, permanent);
  co_await beamish::sleep(help::a_while(w));
  for (int number = 1; number < count; number += 2)
    w.require(h.there.entries(number) == before[static_cast<std::size_t>(number)],
              "a temporary child starts once");
  const auto rows = co_await shop.which_children();
  w.require(rows.size() == h.there.size(), "the specification of a temporary child goes with it");
  family::tells_the_truth(w, rows, h.there);
  co_await stop(shop);
}

// A tree whose inner supervisors give up: the one above starts them again, and all is there.
task<> nested_trees(sim::world& w) {
  const home h(w);
  const habits own{.ordered = false};
  const std::vector<child_specification> inner{family::spec(h, 0, {}, own),
                                               family::spec(h, 1, {}, own)};
  const restart_strategy strategy = w.pick(2) == 0 ? one_for_one : one_for_all;
  const auto top = co_await supervisor::start_link(
      {supervisor::spec(inner, {.strategy = strategy, .max_restarts = w.pick(2)}),
       family::spec(h, 2, {}, own)},
      {.strategy = one_for_one, .max_restarts = no_restart_limit});
  co_await storm(w, h, 3);
  co_await w.eventually("the whole tree is there", 1min, [&] { return h.there.size() == 3; });
  co_await beamish::sleep(help::a_while(w));
  const auto rows = co_await top.which_children();
  w.require(rows[0].process == h.there.holder(2), "the worker's row");
  const auto counts = co_await top.count_children();
  w.require(counts.supervisors == 1 && counts.workers == 1 && counts.active == 2, "both run");
  const supervisor low(rows[1].process);
  const auto pair = co_await low.which_children();
  w.require(pair[0].process == h.there.holder(1) && pair[1].process == h.there.holder(0),
            "the rows of the inner ones");
  co_await stop(top);
  w.require(h.there.size() == 0, "the whole tree has stopped");
}

}  // namespace

std::vector<sim::scenario> supervisor_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s);
  const auto deadly = sim::faults().delay_signals(0.05, 2s).kill_processes(0.02);
  return {
      {"one_child_each",
       "in the end one child is there for each permanent specification",
       one_child_each,
       {.faults = deadly}},
      {"groups_restart",
       "groups start in order and stop in reverse, whatever dies meanwhile",
       groups_restart,
       {.faults = deadly}},
      {"older_ones_stay",
       "children that started before the failed one are left alone",
       older_ones_stay,
       {.faults = slow}},
      {"restarts_in_a_window",
       "one restart more than the intensity allows ends the supervisor, and no other",
       restarts_in_a_window},
      {"back_off", "a child that fails again and again is started after longer pauses", back_off},
      {"temporary_children",
       "a temporary child starts once, and its specification goes with it",
       temporary_children,
       {.faults = deadly}},
      {"nested_trees",
       "what an inner supervisor gives up the one above starts again",
       nested_trees,
       {.faults = slow}},
  };
}
