// SPDX-License-Identifier: Apache-2.0
//
// The task handler when something ends: a task is cancelled, a submitter or the handler dies, there
// is no room in the queue or on the node.
#include "beamish/runtime/node_core.hpp"
#include "tests/sim/help.hpp"

namespace {

// ---- cancelling

// A task that is cancelled never runs if it waited, and is told to stop if it ran; either way its
// slot is free for the next.
task<> cancel_tasks(sim::world& w) {
  const std::uint32_t limit = 1 + w.pick(2), count = 2 + w.pick(6);
  const auto handler = co_await task_handler::start_link({.task_limit = limit});
  sim::once responses(w, "response"), runs(w, "run of a task");
  sim::gauge running(w, "tasks that run", limit);
  std::vector<submitted<int>> jobs;
  std::vector<bool> taken_back(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto number = static_cast<int>(i);
    runs.owe(number);
    responses.owe(number);
    running.queue();
    jobs.push_back(handler.submit([runs, running, number, takes = 10us * w.pick(5)]() -> task<int> {
      const sim::gauge::visit here(running);
      runs.happened(number);
      co_await beamish::sleep(takes);
      co_return number;
    }));
  }
  const std::uint32_t cancels = 1 + w.pick(4);
  for (std::uint32_t i = 0; i < cancels; ++i) {
    const std::uint32_t which = w.pick(count);
    const bool done = co_await handler.cancel(which + 1);
    const auto after = co_await handler.status();
    const auto waits = [&](const task_handler_status& s) {
      return std::find(s.queue.begin(), s.queue.end(), which + 1) != s.queue.end();
    };
    w.require(!waits(after), "what is cancelled waits no more");
    w.require(after.queue.empty() || after.tasks.size() == limit, "no slot is idle");
    taken_back[which] = taken_back[which] || done;
    co_await beamish::sleep(help::moment(w));
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    auto got = co_await jobs[i];
    const auto number = static_cast<int>(i);
    responses.happened(number);
    if (got.ok()) {
      w.require(*got == number && runs.has_happened(number), "the value of this task");
    } else {
      w.require(taken_back[i] && got.reason().is("cancelled"), "only who was cancelled");
      runs.close(number);
    }
  }
  const auto status = co_await handler.status();
  w.require(status.completed == count && status.tasks.empty() && status.queue.empty(), "all done");
  co_await stop(handler.address());
  co_await sim::nothing_more(w);
}

// A thread that is cancelled keeps its slot until it has returned.
task<> cancelled_threads(sim::world& w) {
  const std::uint32_t limit = 1 + w.pick(2), count = 1 + w.pick(4);
  sim::gauge running(w, "threads that run", limit);
  sim::once responses(w, "response");
  const auto handler = co_await task_handler::start_link({.task_limit = limit});
  std::vector<submitted<void>> jobs;
  for (std::uint32_t i = 0; i < count; ++i) {
    running.queue();
    responses.owe(i);
    jobs.push_back(handler.submit([running, takes = 10us * (1 + w.pick(3))] {
      const sim::gauge::visit here(running);
      // Blocks behind the process's back, as a system call would: cancelled, it goes on.
      for (int n = 0; n < 3 && !stop_requested(); ++n) sleep_blocking(takes);
    }));
  }
  const std::uint32_t cancels = w.pick(4);
  for (std::uint32_t i = 0; i < cancels; ++i) {
    co_await beamish::sleep(help::moment(w));
    co_await handler.cancel(1 + w.pick(count));
    const auto status = co_await handler.status();
    w.require(status.tasks.size() + status.abandoned.size() <= limit, "the limit holds");
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    auto got = co_await jobs[i];
    responses.happened(i);
    w.require(got.ok() || got.reason().is("cancelled"), "done or cancelled");
  }
  co_await stop(handler.address());
  co_await sim::nothing_more(w);
}

// ---- who dies

// The handler is killed, stopped, or its parent ends: every submitter gets one response, no task
// runs on, and a successor may begin.
task<> handler_dies(sim::world& w) {
  const std::uint32_t limit = 1 + w.pick(3), submitters = 1 + w.pick(3), how = w.pick(3);
  const pid me = self();
  sim::once ends(w, "end of a submitter"), responses(w, "response");
  std::atomic<int> running = 0;
  const auto parent = spawn_monitor([me, limit]() -> task<> {
    const auto handler = co_await task_handler::start_link({.task_limit = limit});
    send(me, handler.process());
    co_await receive<atom>();
    beamish::exit(exit_reason(atom("own")));
  });
  w.spare(parent.process);
  const auto handler_pid = co_await receive<pid>(help::a_while(w));
  if (!handler_pid) co_return;  // killed before it was there
  const task_handler handler(*handler_pid);
  for (std::uint32_t s = 0; s < submitters; ++s) {
    const auto m = spawn_monitor([&w, &running, handler, responses, s]() -> task<> {
      const std::uint32_t count = 1 + w.pick(4);
      std::vector<submitted<int>> jobs;
      for (std::uint32_t i = 0; i < count; ++i) {
        responses.owe(10 * s + i);
        jobs.push_back(handler.submit([&running, takes = 10us * w.pick(6)]() -> task<int> {
          struct inside {
            std::atomic<int>& count;
            explicit inside(std::atomic<int>& c) : count(c) { ++count; }
            ~inside() { --count; }
          };
          const inside here(running);
          co_await beamish::sleep(takes);
          co_return 1;
        }));
      }
      for (std::uint32_t i = 0; i < count; ++i) {
        auto got = co_await jobs[i];
        responses.happened(10 * s + i);
        w.require(!got.ok() || *got == 1, "the value of this task");
      }
      co_await sim::nothing_more(w);
    });
    w.spare(m.process);
    ends.owe(m.id);
  }
  co_await beamish::sleep(help::moment(w));
  if (how == 0) beamish::exit(handler.process(), exit_reason::kill());
  if (how == 1) co_await stop(handler.address(), exit_reason::shutdown());
  if (how == 2) send(parent.process, atom("end"));
  co_await help::end_of(how == 2 ? parent.process : handler.process());
  if (how != 2) beamish::exit(parent.process, exit_reason::kill());
  while (ends.open() > 0) {
    const auto d = co_await receive_if<down_message>(
        [&parent](const down_message& m) { return m.id != parent.id; });
    ends.happened(d.id);
    w.require(d.reason.is_normal(), "no submitter fails");
  }
  responses.settle();
  co_await w.eventually("no task runs on", 1min,
                        [&] { return running == 0 && w.node().statistics().processes == 1; });
  const auto successor = co_await task_handler::start_link({.task_limit = 1});
  auto job = successor.submit([]() -> task<int> { co_return 2; });
  auto got = co_await job;
  w.require(got.ok() && *got == 2, "the successor works");
  co_await stop(successor.address());
}

// A submitter that is killed harms nobody: its tasks run, the others get their responses.
task<> submitter_dies(sim::world& w) {
  const std::uint32_t limit = 1 + w.pick(2), submitters = 1 + w.pick(4), count = 1 + w.pick(3);
  const auto handler = co_await task_handler::start_link({.task_limit = limit});
  std::atomic<std::uint32_t> added = 0, done = 0;
  sim::once ends(w, "end of a submitter");
  std::vector<monitored> all;
  for (std::uint32_t s = 0; s < submitters; ++s) {
    all.push_back(spawn_monitor([&w, &added, &done, handler, count]() -> task<> {
      for (std::uint32_t i = 0; i < count; ++i) {
        auto job = handler.submit([&done, takes = 10us * w.pick(3)]() -> task<> {
          co_await beamish::sleep(takes);
          ++done;
        });
        ++added;
        const auto got = co_await job;
        w.require(got.ok(), "the task is done");
      }
    }));
    ends.owe(all.back().id);
  }
  for (const monitored& m : all) {
    co_await beamish::sleep(help::moment(w));
    if (w.pick(2) == 1) beamish::exit(m.process, exit_reason::kill());
  }
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    w.require(help::one_of(d.reason, {exit_reason::normal(), exit_reason::killed()}), "no failure");
  }
  co_await w.eventually("every task has run", 1min, [&] { return done == added; });
  co_await stop(handler.address());
  co_await sim::nothing_more(w);
}

// ---- room

// Never more in the queue than it may hold; what finds no place is rejected, at once.
task<> queue_bound(sim::world& w) {
  const std::uint32_t limit = w.pick(3), bound = w.pick(4), count = 1 + w.pick(8);
  const auto handler =
      co_await task_handler::start_link({.task_limit = limit, .queue_limit = bound});
  std::vector<submitted<std::uint32_t>> jobs;
  std::uint32_t rejected = 0, accepted = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto before = co_await handler.status();
    jobs.push_back(handler.submit([i]() -> task<std::uint32_t> {
      co_await beamish::sleep(20us);
      co_return i;
    }));
    const auto after = co_await handler.status();
    w.require(after.queue.size() <= bound, "the queue's limit holds");
    const bool fits = before.tasks.size() < limit || before.queue.size() < bound;
    const bool refused = after.rejected != rejected;
    rejected = static_cast<std::uint32_t>(after.rejected);
    if (!refused) ++accepted;
    w.require(!fits || !refused, "what finds a place is not rejected");
    w.require(after.queue.empty() || after.tasks.size() == limit, "no slot is idle");
    if (w.pick(3) == 2) co_await beamish::sleep(20us);
  }
  co_await handler.set_limit(1 + limit);
  std::uint32_t values = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    auto got = co_await jobs[i];
    if (got.ok()) {
      w.require(*got == i, "the value of this task");
      ++values;
    } else {
      w.require(got.reason().value() == tuple(atom("rejected"), atom("queue_full")), "rejected");
    }
  }
  w.require(values == accepted && values + rejected == count, "one or the other");
  co_await stop(handler.address());
  co_await sim::nothing_more(w);
}

// Where the node has fewer threads than the limit allows, tasks wait for one, in their order.
task<> no_room_on_the_node(sim::world& w) {
  const unsigned room = 1 + w.pick(2);
  w.node().core().max_threads = room;
  const std::uint32_t limit = 1 + w.pick(4), count = 1 + w.pick(5);
  sim::gauge running(w, "threads that run", std::min<std::int64_t>(room, limit));
  const auto handler = co_await task_handler::start_link({.task_limit = limit});
  const bool occupied = w.pick(2) == 1;
  pid occupant;
  if (occupied) occupant = spawn_thread([] { receive_blocking<atom>(); });
  std::vector<submitted<int>> jobs;
  for (std::uint32_t i = 0; i < count; ++i) {
    running.queue();
    jobs.push_back(handler.submit([running, i, takes = 10us * w.pick(3)] {
      const sim::gauge::visit here(running);
      sleep_blocking(takes);
      return static_cast<int>(i);
    }));
  }
  co_await beamish::sleep(help::moment(w));
  if (occupied) send(occupant, atom("leave"));
  for (std::uint32_t i = 0; i < count; ++i) {
    auto got = co_await jobs[i];
    w.require(got.ok() && *got == static_cast<int>(i), "each finds a thread in the end");
  }
  co_await stop(handler.address());
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> task_end_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms);
  return {
      {"cancel_tasks",
       "a cancelled task never begins, or is stopped, and frees its slot",
       cancel_tasks,
       {.faults = slow}},
      {"cancelled_threads",
       "a cancelled thread keeps its slot until it returns",
       cancelled_threads,
       {.faults = slow}},
      {"handler_dies",
       "when the handler dies each task gets one response and none runs on",
       handler_dies,
       {.faults = slow}},
      {"submitter_dies",
       "when a submitter dies its tasks run, and others get their responses",
       submitter_dies,
       {.faults = slow}},
      {"queue_bound",
       "the queue holds what it may, and the rest is rejected at once",
       queue_bound,
       {.faults = slow}},
      {"no_room_on_the_node",
       "tasks wait for a thread of the node, and each gets one",
       no_room_on_the_node,
       {.faults = slow}},
  };
}
