// SPDX-License-Identifier: Apache-2.0
//
// The smallest programs of task handlers in which something can go wrong: one or two tasks, one
// slot. Of those called tiny every schedule is tried; the small ones have too many.
#include "tests/sim/help.hpp"

namespace {

// Runs for 10 µs in one of the slots.
auto in_a_slot(sim::gauge running) {
  return [running]() -> task<> {
    const sim::gauge::visit here(running);
    co_await beamish::sleep(10us);
  };
}

task<> tiny_task(sim::world& w) {
  const auto handler = co_await task_handler::start_link({.task_limit = 1});
  sim::gauge running(w, "tasks that run", 1);
  auto one = handler.submit(in_a_slot(running)), two = handler.submit(in_a_slot(running));
  auto first = co_await one;
  auto second = co_await two;
  w.require(first.ok() && second.ok(), "both are done");
  co_await stop(handler.address());
}

// Two that wait, with priorities, and a limit that comes later.
task<> small_priorities(sim::world& w) {
  const auto handler = co_await task_handler::start_link({.task_limit = 0});
  auto begun = std::make_shared<std::vector<int>>();
  const auto one = [begun](int n) { return [begun, n] { begun->push_back(n); }; };
  const bool second_first = w.pick(2) == 1;
  auto a = handler.submit(one(0));
  auto b = handler.submit(one(1), {.priority = second_first ? 1 : 0});
  co_await handler.set_limit(1);
  auto first = co_await a;
  auto second = co_await b;
  w.require(first.ok() && second.ok(), "both are done");
  w.require(*begun == (second_first ? std::vector{1, 0} : std::vector{0, 1}),
            "in the order of priorities, and of submission");
  co_await stop(handler.address());
}

// One of two is cancelled, wherever it is; the other is done all the same.
task<> small_cancel(sim::world& w) {
  const auto handler = co_await task_handler::start_link({.task_limit = 1});
  sim::gauge running(w, "tasks that run", 1);
  auto one = handler.submit(in_a_slot(running)), two = handler.submit(in_a_slot(running));
  const bool first = w.pick(2) == 0;
  if (w.pick(2) == 1) co_await beamish::sleep(10us);
  const bool cancelled = co_await handler.cancel(first ? 1 : 2);
  auto a = co_await one;
  auto b = co_await two;
  auto& left = first ? b : a;
  auto& taken = first ? a : b;
  w.require(left.ok(), "the other is done");
  w.require(taken.ok() || help::caused_by(taken.reason(), {"cancelled"}), "cancelled, or done");
  w.require(cancelled || taken.ok(), "what was too late to cancel is done");
  co_await stop(handler.address());
}

// It fails once, pauses, and is done; or it has no retry left.
task<> tiny_retry(sim::world& w) {
  const auto handler = co_await task_handler::start_link({.task_limit = 1});
  auto tried = std::make_shared<std::vector<duration>>();
  const std::uint32_t retries = w.pick(2);
  auto one = handler.submit(
      [tried] {
        tried->push_back(now());
        if (tried->size() == 1) beamish::exit(atom("flaky"));
      },
      {.retries = retries, .backoff = {.first = 1ms, .max = 1ms, .jitter = 0}});
  auto end = co_await one;
  w.require(end.ok() == (retries == 1), "one more try makes it");
  w.require(tried->size() == 1 + retries, "no try more than that");
  w.require(retries == 0 || tried->back() - tried->front() >= 1ms, "after its pause");
  co_await stop(handler.address());
}

// Its time is over when it is done, or before.
task<> tiny_time(sim::world& w) {
  const auto handler = co_await task_handler::start_link({.task_limit = 1});
  auto done = std::make_shared<bool>(false);
  auto one = handler.submit(
      [done]() -> task<> {
        co_await beamish::sleep(10us);
        *done = true;
      },
      {.timeout = 10us * (1 + w.pick(2))});
  auto end = co_await one;
  w.require(end.ok() || help::caused_by(end.reason(), {"timeout"}), "done, or its time was over");
  w.require(!end.ok() || *done, "done is done");
  co_await stop(handler.address());
}

// A process of a tree is killed while a task runs: its end is told once, and work goes on.
task<> small_tree(sim::world& w) {
  trap_exits(true);
  const auto handler = co_await task_handler::start_tree({.task_limit = 1, .name = "Tiny"});
  auto one = handler.submit([]() -> task<> { co_await beamish::sleep(10us); });
  beamish::exit(handler.process(), exit_reason::kill());
  auto end = co_await one;
  w.require(end.ok(), "it is done");
  auto two = handler.submit([] {});
  auto next = co_await two;
  w.require(next.ok(), "and so is the next");
  co_await handler.stop();
  co_await help::drop<exit_message>();
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> tiny_task_scenarios() {
  return {
      {"tiny_task", "two tasks and one slot", tiny_task},
      {"small_priorities", "two tasks that wait for the same slot", small_priorities},
      {"small_cancel", "one of two tasks is cancelled", small_cancel},
      {"tiny_retry", "a task that fails once", tiny_retry},
      {"tiny_time", "a task that takes as long as it may", tiny_time},
      {"small_tree", "a handler is killed beside its task", small_tree},
  };
}
