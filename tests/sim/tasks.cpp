// SPDX-License-Identifier: Apache-2.0
//
// The task handler: its limit, its order, and one response to each task.
#include <mutex>
#include <set>

#include "tests/sim/help.hpp"

namespace {

// Who has not begun yet. Two that have slots may begin in either order; but whoever begins knows
// that those before it have slots, too.
class line {
 public:
  explicit line(sim::world& w) : state_(std::make_shared<state>()) { state_->place = &w; }
  int add() const {
    std::lock_guard lock(state_->mutex);
    state_->waiting.insert(++state_->last);
    return state_->last;
  }
  void end() const {
    std::lock_guard lock(state_->mutex);
    --state_->inside;
  }
  void begin(int number, std::int64_t limit) const {
    std::lock_guard lock(state_->mutex);
    const std::int64_t inside = ++state_->inside;
    const auto before = std::distance(state_->waiting.begin(), state_->waiting.lower_bound(number));
    state_->place->require(before + inside <= limit, "first in, first out");
    state_->waiting.erase(number);
  }

 private:
  struct state {
    sim::world* place = nullptr;
    std::mutex mutex;
    std::set<int> waiting;
    int last = 0;
    std::int64_t inside = 0;
  };
  std::shared_ptr<state> state_;
};

// A task of either kind: a coroutine, or a function on a thread of its own.
struct work {
  sim::gauge running;
  line order;
  sim::once runs;
  int number;
  duration takes;

  void begin() const {
    order.begin(number, running.limit());
    runs.happened(number);
  }
};

task<int> coroutine(work w) {
  const sim::gauge::visit here(w.running);
  w.begin();
  co_await beamish::sleep(w.takes);
  w.order.end();
  co_return w.number;
}

int thread(work w) {
  const sim::gauge::visit here(w.running);
  w.begin();
  sleep_blocking(w.takes);
  w.order.end();
  return w.number;
}

auto submit(const task_handler& to, const work& w, bool on_thread) {
  if (on_thread) return to.submit([w] { return thread(w); });
  return to.submit([w] { return coroutine(w); });
}

struct floor {
  floor(sim::world& w, std::int64_t limit)
      : running(w, "tasks that run", limit),
        order(w),
        runs(w, "run of a task"),
        responses(w, "response") {}
  sim::gauge running;
  line order;
  sim::once runs, responses;

  work next(duration takes) {
    const int number = order.add();
    runs.owe(number);
    responses.owe(number);
    running.queue();
    return {running, order, runs, number, takes};
  }
  bool busy() const { return !running.idle(); }
};

// A handler that faults leave alone.
task<task_handler> start_handler(sim::world& w, std::size_t limit) {
  trap_exits(true);
  for (;;) {
    try {
      const auto handler = co_await task_handler::start_link({.task_limit = limit});
      w.spare(handler.process());
      co_await handler.status();  // no kill is under way
      co_return handler;
    } catch (const exited& e) {
      w.require(help::caused_by(e.reason(), {"killed", "noproc"}), "it may be killed");
    }
  }
}

// Never more than the limit, never fewer while something waits, first in first out.
task<> limit_and_order(sim::world& w) {
  const std::uint32_t limit = 1 + w.pick(3), count = 1 + w.pick(8);
  floor f(w, limit);
  const auto handler = co_await task_handler::start_link({.task_limit = limit});
  std::vector<submitted<int>> jobs;
  for (std::uint32_t i = 0; i < count; ++i) {
    const bool blocks = w.pick(3) == 2;
    jobs.push_back(submit(handler, f.next(10us * w.pick(4)), blocks));
    if (w.pick(3) == 2) co_await beamish::sleep(10us);
  }
  co_await w.eventually("no idle slot while a task waits", 10s, [&] { return f.busy(); });
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto status = co_await handler.status();
    const std::size_t taken = status.tasks.size() + status.abandoned.size();
    w.require(taken <= limit, "the limit holds");
    w.require(status.queue.empty() || taken == limit, "no slot is idle");
    auto got = co_await jobs[i];
    w.require(got.ok() && *got == static_cast<int>(i) + 1, "the value of this task");
    f.responses.happened(i + 1);
  }
  f.runs.settle();
  const auto status = co_await handler.status();
  w.require(status.completed == count && status.tasks.empty() && status.queue.empty(), "all done");
  co_await stop(handler.address());
  co_await sim::nothing_more(w);
}

// ---- ends

enum class fate : std::uint8_t { value, raises, exits, killed };

task<int> fated(work w, fate how) {
  const sim::gauge::visit here(w.running);
  w.runs.happened(w.number);
  if (how == fate::raises) throw std::runtime_error("raises");
  if (how == fate::exits) beamish::exit(exit_reason(atom("own")));
  if (how == fate::killed) beamish::exit(self(), exit_reason::kill());
  co_await beamish::sleep(w.takes);
  co_return w.number;
}

// Whatever becomes of a task: one response, which says so, and its slot is free again.
task<> every_end_is_told(sim::world& w) {
  const std::uint32_t limit = 1 + w.pick(3), count = 1 + w.pick(8);
  floor f(w, limit);
  const auto handler = co_await start_handler(w, limit);
  std::vector<submitted<int>> jobs;
  std::vector<fate> fates;
  for (std::uint32_t i = 0; i < count; ++i) {
    fates.push_back(static_cast<fate>(w.pick(4)));
    jobs.push_back(handler.submit(
        [task = f.next(10us * w.pick(4)), how = fates.back()] { return fated(task, how); }));
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    auto got = co_await jobs[i];
    const int number = static_cast<int>(i) + 1;
    f.responses.happened(number);
    const fate how = fates[i];
    if (got.ok()) {
      w.require(how == fate::value && *got == number, "the value of this task");
      continue;
    }
    const exit_reason why = got.reason();
    const bool fits = (how == fate::raises && why.exception() != nullptr) ||
                      (how == fate::exits && why.is("own")) ||
                      (how == fate::killed && why.is("killed")) || why.is("killed");
    w.require(fits, "the reason of this task: " + inspect(why));
  }
  const auto status = co_await handler.status();
  w.require(status.completed == count && status.tasks.empty() && status.queue.empty(), "all done");
  co_await stop(handler.address());
}

// ---- a limit that changes

// A handler whose limit changes while two tasks are there.
task<> limit_of_two(sim::world& w) {
  const auto handler = co_await task_handler::start_link({.task_limit = 1});
  const auto work = []() -> task<> { co_await beamish::sleep(10us); };
  auto one = handler.submit(work), two = handler.submit(work);
  const std::size_t next = w.pick(3);
  co_await handler.set_limit(next);
  const auto status = co_await handler.status();
  w.require(status.task_limit == next, "the new limit");
  const bool idle = status.tasks.size() < next && !status.queue.empty();
  w.require(!idle, "no slot is idle while a task waits");
  if (next == 0) co_await handler.set_limit(1);
  auto first = co_await one;
  auto second = co_await two;
  w.require(first.ok() && second.ok(), "both are done");
  co_await stop(handler.address());
}

task<> limit_changes(sim::world& w) {
  std::int64_t limit = w.pick(3);
  const std::uint32_t count = 2 + w.pick(6), changes = 1 + w.pick(4);
  floor f(w, limit);
  const auto handler =
      co_await task_handler::start_link({.task_limit = static_cast<std::size_t>(limit)});
  std::vector<submitted<int>> jobs;
  for (std::uint32_t i = 0; i < count; ++i) {
    const bool blocks = w.pick(4) == 3;
    jobs.push_back(submit(handler, f.next(10us * (1 + w.pick(4))), blocks));
  }
  for (std::uint32_t i = 0; i < changes; ++i) {
    const std::int64_t next = i + 1 == changes ? 1 + w.pick(3) : w.pick(4);
    // What runs may go on: the gauge gets the higher of both until the rest has drained.
    f.running.set_limit(std::max(limit, next));
    co_await handler.set_limit(static_cast<std::size_t>(next));
    auto status = co_await handler.status();
    w.require(status.task_limit == static_cast<std::size_t>(next), "the new limit");
    const auto taken = [&] { return status.tasks.size() + status.abandoned.size(); };
    w.require(status.queue.empty() || taken() >= status.task_limit, "no slot is idle");
    while (taken() > status.task_limit) {
      co_await beamish::sleep(10us);
      status = co_await handler.status();
    }
    f.running.set_limit(next);
    limit = next;
    const bool none = next == 0;
    if (none) {
      const auto waiting = f.running.waiting();
      co_await beamish::sleep(100us);
      w.require(f.running.inside() == 0 && f.running.waiting() == waiting, "0 starts nothing");
    }
    co_await beamish::sleep(help::moment(w));
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    auto got = co_await jobs[i];
    w.require(got.ok() && *got == static_cast<int>(i) + 1, "the value of this task");
    f.responses.happened(i + 1);
  }
  co_await stop(handler.address());
  co_await sim::nothing_more(w);
}

// ---- tasks that make tasks

task<int> tree(task_handler to, sim::gauge running, int depth) {
  const sim::gauge::visit here(running);
  co_await beamish::sleep(10us);
  for (int i = 0; i < 2 && depth > 0; ++i) {
    running.queue();
    to.add_task([=] { return tree(to, running, depth - 1); });
  }
  co_return depth;
}

task<> tasks_of_tasks(sim::world& w) {
  const std::uint32_t limit = 1 + w.pick(3);
  const int depth = static_cast<int>(w.pick(3));
  sim::gauge running(w, "tasks that run", limit);
  const auto handler = co_await task_handler::start_link({.task_limit = limit});
  running.queue();
  handler.add_task([=] { return tree(handler, running, depth); });
  const std::size_t all = (std::size_t{2} << depth) - 1;
  for (std::size_t done = 0; done < all;) {
    const auto status = co_await handler.status();
    w.require(status.queue.empty() || status.tasks.size() == limit, "no slot is idle");
    w.require(status.completed >= done && status.completed <= all, "each is counted once");
    done = status.completed;
    co_await beamish::sleep(10us);
  }
  w.require(running.inside() == 0 && running.waiting() == 0, "all have run");
  co_await stop(handler.address());
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> task_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms).jump_clock(0.01);
  const auto deadly = sim::faults().delay_signals(0.05, 2s).kill_processes(0.02);
  return {
      {"limit_and_order",
       "never more tasks than the limit, no idle slot, first in first out",
       limit_and_order,
       {.faults = slow}},
      {"every_end_is_told",
       "each task gets one response, whatever becomes of it",
       every_end_is_told,
       {.faults = deadly}},
      {"limit_of_two", "two tasks and a limit that changes", limit_of_two, {.faults = slow}},
      {"limit_changes",
       "a limit may change while tasks run, to 0 and back",
       limit_changes,
       {.faults = slow}},
      {"tasks_of_tasks", "tasks that add tasks", tasks_of_tasks, {.faults = slow}},
  };
}
