// SPDX-License-Identifier: Apache-2.0
//
// Supervised task handlers: each of their processes is killed at any moment, and nothing is lost.
#include "tests/sim/help.hpp"

namespace {

// What a test knows of its tasks: how many run, how often each began, and its one response.
struct ledger {
  ledger(sim::world& w, std::int64_t limit)
      : place(&w), running(w, "tasks that run", limit), responses(w, "response") {}
  sim::world* place;
  sim::gauge running;
  sim::once responses;
};

task<int> work(sim::gauge running, int number, duration takes) {
  const help::stay here(running);
  co_await beamish::sleep(takes);
  co_return number;
}

submitted<int> submit(const task_handler& to, const ledger& l, int number, const task_options& o) {
  l.responses.owe(number);
  l.running.queue();
  const duration takes = 10us * l.place->pick(5);
  if (l.place->pick(4) != 3)
    return to.submit([g = l.running, number, takes] { return work(g, number, takes); }, o);
  return to.submit(
      [g = l.running, number, takes] {
        const help::stay here(g);
        sleep_blocking(takes);
        return number;
      },
      o);
}

task<pid> part_of(task_handler handler, const char* id) {
  const supervisor tree(handler.supervisor());
  if (!tree.process()) co_return pid{};
  auto asking = tree.which_children();
  auto rows = co_await attempt(std::move(asking));
  if (!rows.ok()) co_return pid{};
  for (const child_info& row : *rows) {
    if (row.id.is_atom(id)) co_return row.process;
  }
  co_return pid{};
}

enum class end { by_kill, also_in_order };

// Ends what `pick` names, a few times, at any moment.
template <class Pick>
task<> kill_often(sim::world& w, task_handler handler, Pick pick, end how = end::by_kill) {
  const std::uint32_t times = 1 + w.pick(4);
  for (std::uint32_t i = 0; i < times; ++i) {
    co_await beamish::sleep(help::moment(w));
    const char* const id = pick();
    pid victim = handler.supervisor();
    if (*id != '\0') victim = co_await part_of(handler, id);
    if (victim && how == end::also_in_order && w.pick(2) == 0)
      (void)co_await attempt(beamish::stop(victim));
    else if (victim)
      beamish::exit(victim, exit_reason::kill());
  }
}

bool is_lost(const exit_reason& r) {
  const term& t = r.value();
  return t.is_tuple() && t.size() == 2 && t.elements()[0].is_atom("lost");
}

task<> end_of_all(sim::world& w, task_handler handler, monitored killer) {
  co_await help::down_of(killer.id);
  auto stopping = handler.stop();
  co_await stopping;
  co_await sim::nothing_more(w);
}

// Nothing but the handler or its queue dies: every task runs once, and gives its value.
task<> all_values(sim::world& w, const char* first, const char* second, end how = end::by_kill) {
  const std::uint32_t limit = 1 + w.pick(3), count = 1 + w.pick(8);
  ledger l(w, limit);
  sim::once runs(w, "run of a task");
  const auto handler = co_await task_handler::start_tree({.task_limit = limit, .name = "Safe"});
  const auto killer = spawn_monitor([&w, handler, first, second, how]() -> task<> {
    const auto which = [&w, first, second] { return w.pick(2) == 0 ? first : second; };
    co_await kill_often(w, handler, which, how);
  });
  std::vector<submitted<int>> jobs;
  for (std::uint32_t i = 1; i <= count; ++i) {
    const int number = static_cast<int>(i);
    jobs.push_back(submit(handler, l, number, {}));
    if (w.pick(3) == 2) co_await beamish::sleep(10us);
  }
  for (std::uint32_t i = 1; i <= count; ++i) {
    auto got = co_await jobs[i - 1];
    l.responses.happened(i);
    w.require(got.ok() && *got == static_cast<int>(i), "the value of this task");
  }
  const auto status = co_await handler.status();
  // A thread returns a moment after its value has come.
  w.require(status.completed == count && (status.taken == 0 || !w.simulated()),
            "each was done once");
  co_await end_of_all(w, handler, killer);
}

task<> handler_killed(sim::world& w) { co_await all_values(w, "handler", "handler"); }
task<> queue_killed(sim::world& w) { co_await all_values(w, "queue", "handler"); }
// What a handler works with is not closed by a queue that ends for itself.
task<> queue_stopped(sim::world& w) {
  co_await all_values(w, "queue", "queue", end::also_in_order);
}

// Tasks under a killed runner are told lost, or have ended before: none is told twice.
task<> tasks_killed(sim::world& w) {
  const std::uint32_t limit = 1 + w.pick(3), count = 1 + w.pick(8);
  ledger l(w, limit);
  const auto handler = co_await task_handler::start_tree({.task_limit = limit, .name = "Safe"});
  const auto killer = spawn_monitor([&w, handler]() -> task<> {
    const auto which = [&w] { return w.pick(3) == 0 ? "handler" : "tasks"; };
    co_await kill_often(w, handler, which);
  });
  std::vector<submitted<int>> jobs;
  for (std::uint32_t i = 1; i <= count; ++i) {
    jobs.push_back(submit(handler, l, static_cast<int>(i), {}));
    if (w.pick(3) == 2) co_await beamish::sleep(10us);
  }
  for (std::uint32_t i = 1; i <= count; ++i) {
    auto got = co_await jobs[i - 1];
    l.responses.happened(i);
    w.require(got.ok() ? *got == static_cast<int>(i) : is_lost(got.reason()),
              "its value, or that it was lost");
  }
  const auto status = co_await handler.status();
  w.require(status.completed == count && status.queue.empty(), "each has ended once");
  co_await end_of_all(w, handler, killer);
}

// The same with tasks that may run again: each gives its value in the end.
task<> started_again(sim::world& w) {
  const std::uint32_t limit = 1 + w.pick(3), count = 1 + w.pick(6);
  ledger l(w, limit);
  const auto handler = co_await task_handler::start_tree(
      {.task_limit = limit, .name = "Safe", .when_lost = lost_tasks::start_again});
  const auto killer = spawn_monitor([&w, handler]() -> task<> {
    const char* const parts[] = {"handler", "tasks", "queue"};
    co_await kill_often(w, handler, [&] { return parts[w.pick(3)]; });
  });
  std::vector<submitted<int>> jobs;
  for (std::uint32_t i = 1; i <= count; ++i)
    jobs.push_back(submit(handler, l, static_cast<int>(i), {}));
  for (std::uint32_t i = 1; i <= count; ++i) {
    auto got = co_await jobs[i - 1];
    l.responses.happened(i);
    w.require(got.ok() && *got == static_cast<int>(i), "the value of this task");
  }
  co_await end_of_all(w, handler, killer);
}

// The supervisor itself is killed and started again by one above: what was taken is not lost.
task<> tree_killed(sim::world& w) {
  const std::uint32_t limit = 1 + w.pick(3), count = 1 + w.pick(6);
  ledger l(w, limit);
  child_list children{task_handler::child_spec(
      {.task_limit = limit, .name = "Safe", .when_lost = lost_tasks::start_again})};
  const auto top = co_await supervisor::start_link(
      children, {.strategy = one_for_one, .max_restarts = no_restart_limit});
  const auto handler = task_handler::named("Safe");
  const auto killer = spawn_monitor([&w, handler]() -> task<> {
    co_await kill_often(w, handler, [&w] { return w.pick(2) == 0 ? "" : "handler"; });
  });
  std::vector<submitted<int>> jobs;
  std::vector<std::uint32_t> taken;
  for (std::uint32_t i = 1; i <= count; ++i)
    jobs.push_back(submit(handler, l, static_cast<int>(i), {}));
  for (std::uint32_t i = 1; i <= count; ++i) {
    auto got = co_await jobs[i - 1];
    l.responses.happened(i);
    // While the tree was away nobody took it, and it says so.
    w.require(got.ok()
                  ? *got == static_cast<int>(i)
                  : help::one_of(got.reason(), {exit_reason::killed(), exit_reason::noproc()}) ||
                        help::caused_by(got.reason(), {"noproc", "killed"}),
              "its value, or that it was never taken: " + inspect(got.reason()));
  }
  co_await help::down_of(killer.id);
  co_await beamish::stop(top.process());
  co_await sim::nothing_more(w);
}

// A run that was lost takes its timeout along, also at the last moment: the next has its own time.
task<> lost_runs_time(sim::world& w) {
  const auto handler = co_await task_handler::start_tree(
      {.task_limit = 1, .name = "Safe", .when_lost = lost_tasks::start_again});
  std::uint32_t runs = 0;
  auto job = handler.submit(
      [&runs]() -> task<> { co_await beamish::sleep(++runs == 1 ? duration(1h) : 10us); },
      {.timeout = 40us});
  const auto killer = spawn_monitor([&w, handler]() -> task<> {
    const pid runner = co_await part_of(handler, "tasks");
    co_await beamish::sleep(10us * (3 + w.pick(2)));
    beamish::exit(runner, exit_reason::kill());
  });
  const auto end = co_await job;
  w.require(end.ok() == (runs == 2), "the first run is over its time, and the second is not");
  co_await end_of_all(w, handler, killer);
}

// Stopped in order, a tree keeps nothing of its tasks: started again, it takes the same keys.
task<> tree_starts_again(sim::world& w) {
  child_list children{task_handler::child_spec({.task_limit = 1, .name = "Safe"})};
  const auto top = co_await supervisor::start_link(children, {.strategy = one_for_one});
  const auto handler = task_handler::named("Safe");
  const auto work = [](duration takes) {
    return [takes]() -> task<> { co_await beamish::sleep(takes); };
  };
  const task_options keyed{.delay = w.pick(3) == 2 ? 1h : 0s, .key = "only"};
  std::vector<submitted<void>> old;
  if (w.pick(2) == 1) old.push_back(handler.submit(work(1h)));
  old.push_back(handler.submit(work(1h), keyed));
  co_await handler.status();  // it has taken them
  co_await beamish::sleep(help::moment(w));
  const auto rows = co_await top.which_children();
  auto stopped = co_await top.terminate_child(rows[0].id);
  auto started = co_await top.restart_child(rows[0].id);
  w.require(stopped.ok() && started.ok(), "it is stopped and started again");
  for (auto& each : old) {
    const auto end = co_await each;
    w.require(!end.ok() && end.reason().is("shutdown"), "it was stopped with its handler");
  }
  auto again = handler.submit(work(10us), {.key = "only"});
  const auto end = co_await again;
  w.require(end.ok(), "its key is free");
  co_await beamish::stop(top.process());
  co_await sim::nothing_more(w);
}

// ---- what is told of them

// Events of a handler that is killed: each task ends once, and no number is missing.
task<> events_once(sim::world& w) {
  const std::uint32_t limit = 1 + w.pick(2), count = 1 + w.pick(5);
  ledger l(w, limit);
  sim::once ends(w, "last event of a task"), numbers(w, "event");
  const auto handler = co_await task_handler::start_tree(
      {.task_limit = limit, .name = "Safe", .when_lost = lost_tasks::start_again});
  co_await handler.subscribe();
  const auto killer = spawn_monitor([&w, handler]() -> task<> {
    co_await kill_often(w, handler, [&w] { return w.pick(2) == 0 ? "handler" : "tasks"; });
  });
  std::vector<submitted<int>> jobs;
  for (std::uint32_t i = 1; i <= count; ++i) {
    ends.owe(i);
    const task_options retried{.retries = w.pick(2), .backoff = {.first = 10us}};
    jobs.push_back(submit(handler, l, static_cast<int>(i), retried));
  }
  // Only who is awaited is submitted again, if a killed handler had not taken it.
  for (std::uint32_t i = 1; i <= count; ++i) {
    auto got = co_await jobs[i - 1];
    l.responses.happened(i);
    w.require(got.ok(), "the value of this task");
  }
  std::uint64_t last = 0;
  while (ends.open() > 0) {
    const auto e = co_await receive<task_event>();
    numbers.owe(e.number);
    numbers.happened(e.number);
    last = std::max(last, e.number);
    if (e.is_last()) ends.happened(e.id);
  }
  co_await handler.unsubscribe();
  co_await beamish::sleep(help::a_while(w));
  auto rest = co_await receive<task_event>(0s);
  while (rest) {
    w.require(!rest->is_last(), "each task ends once");
    numbers.owe(rest->number);
    numbers.happened(rest->number);
    last = std::max(last, rest->number);
    rest = co_await receive<task_event>(0s);
  }
  for (std::uint64_t n = 1; n <= last; ++n)
    w.require(numbers.has_happened(n), "no event is missing: " + std::to_string(n));
  co_await end_of_all(w, handler, killer);
}

// Several handlers with one limit, killed now and then: never beyond it, and no slot stays idle.
task<> shared_slots(sim::world& w) {
  const std::uint32_t limit = 1 + w.pick(3), handlers = 2 + w.pick(2), count = 1 + w.pick(4);
  ledger l(w, limit);
  const shared_task_limit slots(limit);
  std::vector<task_handler> all;
  const char* const names[] = {"One", "Two", "Three"};
  for (std::uint32_t i = 0; i < handlers; ++i) {
    const auto each = co_await task_handler::start_tree({.task_limit = 4,
                                                         .name = names[i],
                                                         .shared_limit = &slots,
                                                         .when_lost = lost_tasks::start_again});
    all.push_back(each);
  }
  const auto killer = spawn_monitor([&w, handler = all[0]]() -> task<> {
    co_await kill_often(w, handler, [&w] { return w.pick(2) == 0 ? "handler" : "tasks"; });
  });
  std::vector<submitted<int>> jobs;
  for (std::uint32_t i = 0; i < count * handlers; ++i)
    jobs.push_back(submit(all[i % handlers], l, static_cast<int>(i), {}));
  for (std::uint32_t i = 0; i < count * handlers; ++i) {
    auto got = co_await jobs[i];
    l.responses.happened(i);
    w.require(got.ok() && *got == static_cast<int>(i), "the value of this task");
  }
  co_await help::down_of(killer.id);
  co_await w.eventually("no slot is kept", 1min, [&] { return slots.usage().taken == 0; });
  w.require(slots.usage().waiting == 0, "nobody waits");
  for (const task_handler& each : all) {
    auto stopping = each.stop();
    co_await stopping;
  }
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> task_tree_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms);
  return {
      {"tree_handler_killed", "a killed handler loses nothing", handler_killed, {.faults = slow}},
      {"tree_queue_killed", "a killed queue loses nothing", queue_killed, {.faults = slow}},
      {"tree_queue_stopped", "nor does one that is stopped", queue_stopped, {.faults = slow}},
      {"tree_tasks_killed",
       "tasks that are killed with their runner are told lost, the others run",
       tasks_killed,
       {.faults = slow}},
      {"tree_started_again",
       "whatever is killed, lost tasks run again until each has its value",
       started_again,
       {.faults = slow}},
      {"lost_runs_time", "the timeout of a run that was lost does not end the next",
       lost_runs_time},
      {"tree_starts_again", "a tree that was stopped in order keeps no keys", tree_starts_again},
      {"tree_killed",
       "a tree that is killed as a whole loses nothing that it had taken",
       tree_killed,
       {.faults = slow}},
      {"tree_events_once",
       "each task's end is told once, and no event is missing",
       events_once,
       {.faults = slow}},
      {"tree_shared_limit",
       "handlers that share a limit keep it when parts of them are killed",
       shared_slots,
       {.faults = slow}},
  };
}
