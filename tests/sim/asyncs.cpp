// SPDX-License-Identifier: Apache-2.0
//
// Tasks and their owners: one result or one reason, and nothing of either is left behind.
#include "tests/sim/help.hpp"

namespace {

enum class fate : std::uint8_t { value, raises, exits, killed };

// What every task here does: it is there for a while, and ends as it is told.
task<int> fated(sim::roster there, int number, fate how, duration takes) {
  const sim::roster::visit here(there, number);
  if (takes.count() > 0) co_await beamish::sleep(takes);
  if (how == fate::raises) throw std::runtime_error("raises");
  if (how == fate::exits) beamish::exit(exit_reason(atom("own")));
  if (how == fate::killed) beamish::exit(self(), exit_reason::kill());
  if (how == fate::killed) co_await help::wait_for_ever();
  co_return number;
}

fate pick_fate(sim::world& w) { return static_cast<fate>(w.pick(4)); }

// Whether a task may end for that reason, if nothing but faults touches it.
bool fits(fate how, const exit_reason& why) {
  if (how == fate::raises && why.exception() != nullptr) return true;
  return (how == fate::exits && why.is("own")) || why.is("killed");
}

task<> all_gone(sim::world& w, sim::roster there) {
  co_await w.eventually("no task is left behind", 1min, [&] { return there.size() == 0; });
}

// The EXITs of tasks that are linked to the current process, which traps them.
task<> nothing_but_exits(sim::world& w) {
  co_await beamish::sleep(help::a_while(w));
  co_await help::drop<exit_message>();
  co_await sim::nothing_more(w);
}

// T1, T2, T4: each task is awaited once, with its value or the reason of its end.
task<> await_each(sim::world& w) {
  trap_exits(true);
  const sim::roster there(w, "tasks");
  const int count = 1 + static_cast<int>(w.pick(4));
  std::vector<async_task<int>> tasks;
  std::vector<fate> fates;
  for (int i = 0; i < count; ++i) {
    fates.push_back(pick_fate(w));
    tasks.push_back(async(fated, there, i, fates.back(), 10us * w.pick(3)));
  }
  for (int i = count; i-- > 0;) {
    const auto at = static_cast<std::size_t>(i);
    try {
      const int value = co_await tasks[at].await(infinity);
      w.require(fates[at] == fate::value && value == i, "the value of this task");
    } catch (const exited& e) {
      const exit_reason why(help::cause(e.reason()));
      const bool known = fates[at] == fate::raises || fits(fates[at], why);
      w.require(known && fates[at] != fate::value, "the reason of this task");
    }
    w.require(there.holder(i) == pid{}, "a task that is awaited has ended");
  }
  co_await nothing_but_exits(w);
}

// T3: a result that races with the limit of its await: one of both, and nothing comes later.
task<> await_in_time(sim::world& w) {
  trap_exits(true);
  const sim::roster there(w, "tasks");
  const duration takes = 10us * w.pick(4), limit = 10us * w.pick(4);
  const auto t = async(fated, there, 0, fate::value, takes);
  try {
    const int value = co_await t.await(limit);
    w.require(value == 0, "the value of this task");
    w.require(!w.simulated() || takes <= limit, "a value that is late is not waited for");
  } catch (const exited& e) {
    w.require(help::caused_by(e.reason(), {"timeout"}), "why there is no value");
    w.require(takes >= limit || !w.simulated(), "who is in time is heard");
  }
  co_await all_gone(w, there);
  co_await nothing_but_exits(w);
}

// T7, T8, T9: yield and shutdown race with the result: what they give is what happened.
task<> yield_and_shutdown(sim::world& w) {
  trap_exits(true);
  const sim::roster there(w, "tasks");
  const fate how = pick_fate(w);
  const auto t = async(fated, there, 0, how, 10us * w.pick(4));
  std::optional<answer<int>> end;
  const std::uint32_t yields = w.pick(3);
  for (std::uint32_t i = 0; i < yields && !end; ++i) end = co_await t.yield(10us * w.pick(3));
  if (!end) {
    const bool brutal = w.pick(2) == 1;
    if (brutal)
      end = co_await t.shutdown(brutal_kill);
    else
      end = co_await t.shutdown(10us * w.pick(3));
    w.require(!alive(t.process()), "a task that is shut down has ended");
    if (end && brutal && !end->ok())
      w.require(!end->reason().is("killed"), "who is killed as it was told has no reason");
    if (end && !brutal && !end->ok())
      w.require(!end->reason().is("shutdown"), "who ends as it was told has no reason");
  }
  if (end && end->ok()) w.require(how == fate::value && **end == 0, "the value of this task");
  if (end && !end->ok()) w.require(fits(how, end->reason()), "the reason of this task");
  w.require(there.size() == 0, "no task is left behind");
  co_await nothing_but_exits(w);
}

// T11: a task that is ignored runs on, and nothing of it comes any more.
task<> ignored_tasks(sim::world& w) {
  trap_exits(true);
  const sim::roster there(w, "tasks");
  const fate how = pick_fate(w);
  const auto t = async(fated, there, 0, how, 10us * w.pick(3));
  co_await beamish::sleep(help::moment(w));
  const bool runs = there.holder(0) != pid{};
  auto end = t.ignore();
  w.require(!w.simulated() || !runs || !end, "what runs has neither a value nor a reason");
  if (end && end->ok()) w.require(how == fate::value && **end == 0, "the value of this task");
  if (end && !end->ok()) w.require(fits(how, end->reason()), "the reason of this task");
  co_await all_gone(w, there);
  co_await nothing_but_exits(w);
}

// T5, T30: an owner that dies takes its tasks along; those without a link run to their end.
task<> owner_dies(sim::world& w) {
  const sim::roster linked(w, "tasks"), free(w, "free tasks");
  const int count = 1 + static_cast<int>(w.pick(3));
  const sim::once done(w, "end of a free task");
  const pid owner = spawn([linked, free, done, count]() -> task<> {
    for (int i = 0; i < count; ++i) {
      async([linked, i]() -> task<> {
        const sim::roster::visit here(linked, i);
        co_await help::wait_for_ever();
      });
      done.owe(i);
      start_task([free, done, i]() -> task<> {
        const sim::roster::visit here(free, i);
        co_await beamish::sleep(50us);
        done.happened(i);
      });
      co_await beamish::sleep(10us);
    }
    co_await help::wait_for_ever();
  });
  co_await beamish::sleep(help::moment(w));
  if (w.pick(2) == 0) {
    beamish::exit(owner, w.pick(2) == 0 ? exit_reason::kill() : exit_reason(atom("own")));
  } else if (const pid victim = linked.holder(0)) {
    // A task that fails ends its owner, and so the others.
    beamish::exit(victim, exit_reason(atom("own")));
  } else {
    beamish::exit(owner, exit_reason::kill());
  }
  const exit_reason why = co_await help::end_of(owner);
  w.require(
      help::one_of(why, {exit_reason::killed(), exit_reason(atom("own")), exit_reason::noproc()}),
      "its reason, or it has ended already");
  co_await all_gone(w, linked);
  co_await w.eventually("what is not linked runs to its end", 1min,
                        [&] { return done.open() == 0 && free.size() == 0; });
}

// T12: all values in their order, or the first failure; and nothing is left of any task.
task<> await_all(sim::world& w) {
  trap_exits(true);
  const sim::roster there(w, "tasks");
  const int count = static_cast<int>(w.pick(5));
  std::vector<async_task<int>> tasks;
  bool all_well = true;
  for (int i = 0; i < count; ++i) {
    const fate how = w.pick(4) == 3 ? pick_fate(w) : fate::value;
    all_well = all_well && how == fate::value;
    tasks.push_back(async(fated, there, i, how, 10us * w.pick(4)));
  }
  const duration limit = w.pick(2) == 0 ? infinity : duration(10us * w.pick(4));
  try {
    const auto values = co_await await_many(tasks, limit);
    w.require(all_well && values.size() == tasks.size(), "a value of each");
    for (int i = 0; i < count; ++i)
      w.require(values[static_cast<std::size_t>(i)] == i, "values stand in the order of tasks");
  } catch (const exited& e) {
    const bool timeout = help::caused_by(e.reason(), {"timeout"});
    w.require(timeout ? limit != infinity : !all_well, "why there are no values");
  }
  co_await all_gone(w, there);
  co_await nothing_but_exits(w);
}

// T13: what has come in time, in order; the others as they were told: running, ignored, killed.
task<> yield_all(sim::world& w) {
  trap_exits(true);
  const sim::roster there(w, "tasks");
  const int count = 1 + static_cast<int>(w.pick(4));
  std::vector<async_task<int>> tasks;
  std::vector<fate> fates;
  for (int i = 0; i < count; ++i) {
    fates.push_back(w.pick(2) == 0 ? fate::value : pick_fate(w));
    tasks.push_back(async(fated, there, i, fates.back(), 10us * w.pick(4)));
  }
  const auto rest = static_cast<unfinished>(w.pick(3));
  const auto pairs = co_await yield_many(tasks, {.timeout = 10us * w.pick(4), .on_timeout = rest});
  w.require(pairs.size() == tasks.size(), "a pair for each");
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    w.require(pairs[i].first == tasks[i], "pairs stand in the order of tasks");
    auto end = pairs[i].second;
    if (!end && rest == unfinished::kill_task)
      w.require(!there.holder(static_cast<int>(i)), "who is not done is killed");
    if (!end && rest == unfinished::nothing) end = co_await tasks[i].yield(infinity);
    if (!end) continue;
    const bool value = end->ok() && **end == static_cast<int>(i);
    w.require(end->ok() ? value && fates[i] == fate::value : fits(fates[i], end->reason()),
              "what became of this task");
  }
  co_await all_gone(w, there);
  co_await nothing_but_exits(w);
}

}  // namespace

std::vector<sim::scenario> async_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s);
  return {
      {"await_each", "each task is awaited once, with its value or its reason", await_each},
      {"await_in_time", "a result or a timeout, and nothing comes later", await_in_time},
      {"yield_and_shutdown",
       "yield and shutdown give what happened to the task",
       yield_and_shutdown,
       {.faults = slow}},
      {"ignored_tasks", "nothing comes of a task that is ignored", ignored_tasks, {.faults = slow}},
      {"owner_dies",
       "an owner that dies takes its tasks along, and only those",
       owner_dies,
       {.faults = slow}},
      {"await_all", "all values in their order, or one failure", await_all, {.faults = slow}},
      {"yield_all", "what has come in time, and nothing of the rest", yield_all, {.faults = slow}},
  };
}
