// SPDX-License-Identifier: Apache-2.0
//
// What may be said of a single task: priority, weight, retries, key, time.
#include "tests/sim/help.hpp"

namespace {

// A process of the tree is killed now and then, if this run has a tree.
struct place {
  task_handler handler;
  bool tree = false;
};

task<place> start(sim::world& w, std::size_t limit) {
  place p;
  p.tree = w.pick(2) == 1;
  if (p.tree)
    p.handler = co_await task_handler::start_tree({.task_limit = limit, .name = "Choices"});
  else
    p.handler = co_await task_handler::start_link({.task_limit = limit, .name = "Choices"});
  co_return p;
}

void shake(sim::world& w, const place& p) {
  if (p.tree && w.pick(2) == 1) beamish::exit(p.handler.process(), exit_reason::kill());
}

task<> end(sim::world& w, place p) {
  auto stopping = p.handler.stop();
  co_await stopping;
  co_await sim::nothing_more(w);
}

// With one slot the tasks begin in exactly the order of their priorities.
task<> priorities(sim::world& w) {
  const std::uint32_t count = 2 + w.pick(6);
  const place p = co_await start(w, 0);
  std::vector<submitted<int>> jobs;
  std::vector<std::int64_t> priority;
  auto begun = std::make_shared<std::vector<std::uint32_t>>();
  for (std::uint32_t i = 0; i < count; ++i) {
    priority.push_back(static_cast<std::int64_t>(w.pick(3)) - 1);
    jobs.push_back(p.handler.submit(
        [begun, i]() -> task<int> {
          begun->push_back(i);
          co_await beamish::sleep(10us);
          co_return static_cast<int>(i);
        },
        {.priority = priority.back()}));
  }
  // All have been taken: those that were in the mailbox of a killed handler come again later.
  const auto status = co_await p.handler.status();
  w.require(status.queue.size() == count, "all wait");
  shake(w, p);
  co_await p.handler.set_limit(1);
  for (auto& job : jobs) {
    auto got = co_await job;
    w.require(got.ok(), "the value of this task");
  }
  std::vector<std::uint32_t> expected;
  for (std::int64_t each = 1; each >= -1; --each) {
    for (std::uint32_t i = 0; i < count; ++i) {
      if (priority[i] == each) expected.push_back(i);
    }
  }
  w.require(*begun == expected, "the order of the priorities");
  co_await end(w, p);
}

// The weights of those that run never pass the limit, but for one that runs alone.
task<> weights(sim::world& w) {
  const std::uint32_t limit = 1 + w.pick(3), count = 1 + w.pick(6);
  const place p = co_await start(w, limit);
  std::int64_t inside = 0, heaviness = 0;
  std::vector<submitted<int>> jobs;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t weight = 1 + w.pick(4);
    jobs.push_back(p.handler.submit(
        [&, weight, takes = 10us * w.pick(4)]() -> task<int> {
          struct visit {
            std::int64_t &tasks, &sum, mine;
            ~visit() {
              --tasks;
              sum -= mine;
            }
          };
          ++inside;
          heaviness += weight;
          const visit here{inside, heaviness, weight};
          w.require(heaviness <= static_cast<std::int64_t>(limit) || inside == 1,
                    "the limit holds");
          co_await beamish::sleep(takes);
          co_return 1;
        },
        {.weight = weight}));
    if (w.pick(4) == 3) co_await beamish::sleep(10us);
  }
  shake(w, p);
  for (auto& job : jobs) {
    auto got = co_await job;
    w.require(got.ok(), "the value of this task");
  }
  w.require(inside == 0 && heaviness == 0, "all have left");
  co_await end(w, p);
}

// A task that fails is tried as often as it may, never at the same time as itself, and each time
// after its pause.
task<> retries(sim::world& w) {
  const std::uint32_t limit = 1 + w.pick(2), count = 1 + w.pick(4);
  const place p = co_await start(w, limit);
  struct story {
    std::uint32_t fails = 0, may = 0, attempts = 0;
    bool inside = false;
    std::chrono::nanoseconds ended{};
  };
  std::vector<story> stories(count);
  sim::gauge running(w, "tasks that run", limit);
  std::vector<submitted<int>> jobs;
  for (std::uint32_t i = 0; i < count; ++i) {
    story& s = stories[i];
    s.fails = w.pick(4);
    s.may = w.pick(4);
    running.queue();
    const task_options o{.retries = s.may,
                         .backoff = {.first = 100us, .max = 200us, .jitter = 0.5}};
    jobs.push_back(p.handler.submit(
        [&w, &s, running, takes = 10us * w.pick(3)]() -> task<int> {
          const help::stay here(running);
          w.require(!s.inside, "one attempt at a time");
          const bool first = s.attempts++ == 0;
          w.require(first || now() - s.ended >= 50us, "not before its pause is over");
          s.inside = true;
          co_await beamish::sleep(takes);
          s.inside = false;
          s.ended = now();
          if (s.attempts <= s.fails) throw std::runtime_error("once more");
          co_return 1;
        },
        o));
  }
  shake(w, p);
  for (std::uint32_t i = 0; i < count; ++i) {
    auto got = co_await jobs[i];
    const story& s = stories[i];
    w.require(got.ok() == (s.fails <= s.may), "it may fail so often");
    w.require(s.attempts == std::min(s.fails, s.may) + 1, "so many attempts");
  }
  const auto status = co_await p.handler.status();
  w.require(status.completed == count && status.later.empty(), "all done");
  co_await end(w, p);
}

// Of tasks with one key, never two are there at a time; those refused are told which one is.
task<> keys(sim::world& w) {
  const std::uint32_t count = 2 + w.pick(6);
  const place p = co_await start(w, 2);
  int inside = 0;
  std::uint32_t values = 0, refused = 0;
  std::vector<submitted<int>> jobs;
  for (std::uint32_t i = 0; i < count; ++i) {
    jobs.push_back(p.handler.submit(
        [&]() -> task<int> {
          w.require(++inside == 1, "one of its key at a time");
          co_await beamish::sleep(10us);
          --inside;
          co_return 1;
        },
        {.key = "only"}));
    if (w.pick(2) == 1) co_await beamish::sleep(help::moment(w));
    if (w.pick(8) == 7) shake(w, p);
  }
  for (auto& job : jobs) {
    auto got = co_await job;
    const term& why = got.reason().value();
    if (got.ok())
      ++values;
    else
      ++refused;
    w.require(got.ok() || (why.is_tuple() && why.elements()[0].is_atom("rejected")), "or refused");
  }
  w.require(values >= 1 && values + refused == count, "one or the other");
  const auto status = co_await p.handler.status();
  w.require(status.completed == values && status.rejected == refused, "so it counts");
  co_await end(w, p);
}

// Who takes longer than it may is told to end, and nobody else.
task<> timeouts(sim::world& w) {
  const std::uint32_t limit = 1 + w.pick(2), count = 1 + w.pick(5);
  const place p = co_await start(w, limit);
  sim::gauge running(w, "tasks that run", limit);
  std::vector<submitted<int>> jobs;
  std::vector<bool> endless;
  for (std::uint32_t i = 0; i < count; ++i) {
    endless.push_back(w.pick(2) == 1);
    running.queue();
    const bool thread = w.pick(3) == 2;
    const duration takes = endless.back() ? duration(24h) : duration(10us);
    const task_options o{.timeout = endless.back() ? duration(1ms) : infinity};
    if (thread) {
      jobs.push_back(p.handler.submit(
          [running, takes] {
            const help::stay here(running);
            sleep_blocking(takes);
            return 1;
          },
          o));
    } else {
      jobs.push_back(p.handler.submit(
          [running, takes]() -> task<int> {
            const help::stay here(running);
            co_await beamish::sleep(takes);
            co_return 1;
          },
          o));
    }
  }
  if (w.pick(2) == 1) shake(w, p);
  for (std::uint32_t i = 0; i < count; ++i) {
    auto got = co_await jobs[i];
    w.require(endless[i] ? got.reason().is("timeout") : got.ok(), "as long as it takes");
  }
  // A thread leaves a moment after its process has ended.
  co_await w.eventually("none runs on", 1min, [&] { return running.inside() == 0; });
  co_await end(w, p);
}

}  // namespace

std::vector<sim::scenario> task_choice_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms);
  return {
      {"task_priorities", "a higher priority goes first", priorities, {.faults = slow}},
      {"task_weights", "the weights of those that run keep the limit", weights, {.faults = slow}},
      {"task_retries",
       "a task that fails is tried again, after a pause, as often as it may",
       retries,
       {.faults = slow}},
      {"task_keys", "of tasks with one key there is one at a time", keys, {.faults = slow}},
      {"task_timeouts", "a task that takes too long is ended", timeouts, {.faults = slow}},
  };
}
