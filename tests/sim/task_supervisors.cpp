// SPDX-License-Identifier: Apache-2.0
//
// Task supervisors: tasks without a link, their limit, and how all end with the supervisor.
#include "tests/sim/help.hpp"

namespace {

task<task_supervisor> unharmed(sim::world& w, task_supervisor_options o) {
  trap_exits(true);
  for (;;) {
    auto got = co_await attempt(task_supervisor::start_link(o));
    if (got.ok()) {
      w.spare(got->process());
      auto none = co_await attempt(got->children());  // no kill is under way
      if (none.ok()) co_return *got;
    }
    // Its EXIT may come late.
    co_await beamish::sleep(help::a_while(w));
  }
}

// A task that takes some time, and fails in some way.
task<int> work(sim::gauge room, duration takes, std::uint32_t how) {
  room.queue();
  const sim::gauge::visit here(room);
  if (takes.count() > 0) co_await beamish::sleep(takes);
  if (how == 1) throw std::runtime_error("raises");
  if (how == 2) beamish::exit(exit_reason(atom("own")));
  co_return 7;
}

// T24, T28: a task without a link that fails is one DOWN or one reason, and harms nobody.
task<> nolink_tasks(sim::world& w) {
  const std::uint32_t count = 1 + w.pick(4);
  const sim::gauge room(w, "tasks", count);
  const auto tasks = co_await unharmed(w, {});
  trap_exits(false);
  std::vector<async_task<int>> all;
  std::vector<std::uint32_t> fates;
  for (std::uint32_t i = 0; i < count; ++i) {
    fates.push_back(w.pick(3));
    const auto t = co_await tasks.async_nolink(work, room, 10us * w.pick(3), fates.back());
    all.push_back(t);
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto end = co_await all[i].yield(infinity);
    w.require(end.has_value(), "each ends");
    const exit_reason why = end->reason();
    if (end->ok()) w.require(fates[i] == 0, "the value of this task");
    if (!end->ok())
      w.require(why.is("killed") || (fates[i] == 1 && why.exception() != nullptr) ||
                    (fates[i] == 2 && why.is("own")),
                "the reason of this task");
  }
  co_await beamish::sleep(help::a_while(w));
  const auto left = co_await tasks.children();
  w.require(left.empty() && room.inside() == 0, "tasks that have ended are forgotten");
  trap_exits(true);
  co_await tasks.stop();
  co_await help::drop<exit_message>();
  co_await sim::nothing_more(w);
}

// T25, T29: never more tasks than max_children, whoever asks, ends and dies.
task<> task_limit(sim::world& w) {
  const std::uint32_t limit = 1 + w.pick(2), clients = 1 + w.pick(3);
  const sim::gauge room(w, "tasks", limit);
  const auto tasks = co_await unharmed(w, {.max_children = limit});
  sim::once ends(w, "end of a client");
  for (std::uint32_t i = 0; i < clients; ++i) {
    ends.owe(spawn_monitor([&w, tasks, room]() -> task<> {
               const std::uint32_t count = 1 + w.pick(2);
               for (std::uint32_t n = 0; n < count; ++n) {
                 auto job = [room]() -> task<> {
                   room.queue();
                   const sim::gauge::visit here(room);
                   co_await help::wait_for_ever();
                 };
                 auto got = co_await tasks.start_child(job);
                 if (!got.ok()) {
                   w.require(got.reason().is("max_children"), "why it does not start");
                   continue;
                 }
                 if (w.pick(2) == 1) beamish::exit(*got, exit_reason(atom("own")));
                 if (w.pick(2) == 1) {
                   co_await tasks.terminate_child(*got);
                   w.require(!alive(*got), "who is terminated has ended");
                 }
               }
             }).id);
  }
  co_await help::ends_of(w, ends, "normal", "killed");
  w.calm();
  co_await beamish::sleep(help::a_while(w));
  const auto left = co_await tasks.children();
  w.require(static_cast<std::int64_t>(left.size()) == room.inside(), "children lists all tasks");
  co_await tasks.stop();
  w.require(room.inside() == 0, "all have stopped");
  co_await help::drop<exit_message>();
  co_await sim::nothing_more(w);
}

// T27: stopped while tasks start: who asks gets a task or a reason, and no task runs on.
task<> stopped_while_starting(sim::world& w) {
  trap_exits(true);
  const sim::gauge room(w, "tasks", 10);
  const auto tasks = co_await task_supervisor::start_link();
  sim::once ends(w, "end of a client");
  const std::uint32_t clients = 1 + w.pick(3);
  for (std::uint32_t i = 0; i < clients; ++i) {
    const bool linked = w.pick(2) == 1;
    ends.owe(spawn_monitor([&w, tasks, room, linked]() -> task<> {
               const duration takes = w.pick(2) == 0 ? duration(10us) : duration(1h);
               async_task<int> t;
               if (linked)
                 t = co_await tasks.async(work, room, takes, 0);
               else
                 t = co_await tasks.async_nolink(work, room, takes, 0);
               const auto end = co_await t.yield(infinity);
               w.require(end.has_value(), "it ends");
               if (!end->ok()) beamish::exit(end->reason());
             }).id);
  }
  co_await beamish::sleep(help::moment(w));
  const std::uint32_t how = w.pick(3);
  if (how == 0) beamish::exit(tasks.process(), exit_reason::kill());
  if (how == 1) beamish::exit(tasks.process(), exit_reason::shutdown());
  if (how == 2) co_await tasks.stop();
  co_await help::ends_of(w, ends, "normal", "killed", "noproc", "shutdown");
  co_await w.eventually("no task is left behind", 1min, [&] { return room.inside() == 0; });
  co_await receive<exit_message>();
  co_await sim::nothing_more(w);
}

// T26, T27: all are told at once, each has its own time, and it waits for all of them.
task<> tasks_end_together(sim::world& w) {
  trap_exits(true);
  const sim::gauge room(w, "tasks", 10);
  const auto tasks = co_await task_supervisor::start_link();
  const std::uint32_t count = 1 + w.pick(4);
  duration expected{};
  for (std::uint32_t i = 0; i < count; ++i) {
    const bool traps = w.pick(2) == 1, brutal = w.pick(3) == 2;
    const duration limit = 1ms * (1 + w.pick(3));
    auto job = [room, traps]() -> task<> {
      trap_exits(traps);
      room.queue();
      const sim::gauge::visit here(room);
      co_await help::wait_for_ever();
    };
    task_child_options o;
    o.shutdown = brutal ? shutdown_limit(brutal_kill) : shutdown_limit(limit);
    const auto got = co_await tasks.start_child(job, o);
    w.require(got.ok(), "it starts");
    if (traps && !brutal) expected = std::max(expected, limit);
  }
  co_await beamish::sleep(10us);
  w.require(room.inside() == count, "all run");
  const duration begun = now();
  co_await tasks.stop();
  w.require(room.inside() == 0, "it waits for all");
  w.require(now() - begun >= expected, "nobody is killed before its time is over");
  w.require(!w.simulated() || now() - begun == expected, "all stop at the same time");
  co_await help::drop<exit_message>();
  co_await sim::nothing_more(w);
}

// T26: children that are to be restarted are, as their kind says, and so often.
task<> restarted_tasks(sim::world& w) {
  trap_exits(true);
  const sim::gauge room(w, "tasks", 1);
  const std::uint32_t most = w.pick(3);
  const auto tasks = co_await task_supervisor::start_link({.max_restarts = most});
  const auto kind = static_cast<restart_kind>(w.pick(3));
  const bool fails = w.pick(2) == 1;
  std::uint32_t runs = 0;
  auto job = [&runs, room, fails]() -> task<> {
    room.queue();
    const sim::gauge::visit here(room);
    ++runs;
    co_await beamish::sleep(10us);
    if (fails) beamish::exit(exit_reason(atom("own")));
  };
  task_child_options o;
  o.restart = kind;
  const auto got = co_await tasks.start_child(job, o);
  w.require(got.ok(), "it starts");
  co_await beamish::sleep(help::a_while(w));
  const bool again = kind == restart_kind::permanent || (kind == restart_kind::transient && fails);
  w.require(runs == (again ? most + 1 : 1), "so often it runs");
  w.require(alive(tasks.process()) == !again, "one restart too many ends the supervisor");
  if (alive(tasks.process())) co_await tasks.stop();
  co_await receive<exit_message>();
  co_await sim::nothing_more(w);
}

// Who asks for a task and is killed before it has one leaves no place taken, nor a thread.
task<> askers_die(sim::world& w) {
  trap_exits(true);
  const std::uint32_t askers = 1 + w.pick(3);
  const auto tasks = co_await task_supervisor::start_link({.max_children = askers});
  const bool blocks = w.pick(2) == 1, linked = w.pick(2) == 1;
  const auto ask = [tasks, blocks, linked]() -> task<> {
    const auto function = on_thread([] { return 1; });
    const auto coroutine = []() -> task<int> { co_return 1; };
    async_task<int> t;
    if (linked && blocks) t = co_await tasks.async(function);
    if (linked && !blocks) t = co_await tasks.async(coroutine);
    if (!linked && blocks) t = co_await tasks.async_nolink(function);
    if (!linked && !blocks) t = co_await tasks.async_nolink(coroutine);
    co_await t.yield(infinity);
  };
  for (std::uint32_t i = 0; i < askers; ++i) {
    const auto [p, id] = spawn_monitor(ask);
    co_await beamish::sleep(help::moment(w));
    beamish::exit(p, exit_reason::kill());
    co_await help::down_of(id);
  }
  co_await w.eventually("the threads have returned", 1min,
                        [&w] { return w.node().statistics().threads == 0; });
  co_await beamish::sleep(help::a_while(w));
  const auto left = co_await tasks.children();
  w.require(left.empty(), "no task waits for who is dead");
  co_await tasks.stop();
  co_await help::drop<exit_message>();
  co_await sim::nothing_more(w);
}

// T26: a task that is terminated does not come back, whatever its kind and however it ends.
task<> terminated_tasks(sim::world& w) {
  trap_exits(true);
  const sim::gauge room(w, "tasks", 1);
  const auto tasks = co_await task_supervisor::start_link();
  const bool traps = w.pick(2) == 1;
  std::uint32_t runs = 0;
  auto job = [&runs, room, traps]() -> task<> {
    trap_exits(traps);
    room.queue();
    const sim::gauge::visit here(room);
    ++runs;
    co_await help::wait_for_ever();
  };
  task_child_options o;
  o.restart = static_cast<restart_kind>(w.pick(3));
  o.shutdown = shutdown_limit(1ms);
  const auto got = co_await tasks.start_child(job, o);
  w.require(got.ok(), "it starts");
  co_await w.eventually("it runs", 1min, [&runs] { return runs == 1; });
  co_await tasks.terminate_child(*got);
  w.require(!alive(*got), "who is terminated has ended");
  co_await beamish::sleep(help::a_while(w));
  const auto left = co_await tasks.children();
  w.require(runs == 1 && left.empty() && room.inside() == 0, "it does not come back");
  co_await tasks.stop();
  co_await help::drop<exit_message>();
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> task_supervisor_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s);
  const auto deadly = sim::faults().delay_signals(0.05, 2s).kill_processes(0.02);
  return {
      {"nolink_tasks",
       "a task without a link that fails harms nobody, and says why",
       nolink_tasks,
       {.faults = deadly}},
      {"task_limit",
       "never more tasks than max_children, whoever asks, ends and dies",
       task_limit,
       {.faults = deadly}},
      {"stopped_while_starting",
       "stopped while tasks start, a task supervisor leaves none behind",
       stopped_while_starting,
       {.faults = slow}},
      {"tasks_end_together", "a task supervisor stops all at once", tasks_end_together},
      {"restarted_tasks",
       "tasks are restarted as their kind says, and so often",
       restarted_tasks,
       {.faults = slow}},
      {"askers_die",
       "who is killed before it has its task leaves nothing behind",
       askers_die,
       {.faults = slow}},
      {"terminated_tasks",
       "a task that is terminated does not come back",
       terminated_tasks,
       {.faults = slow}},
  };
}
