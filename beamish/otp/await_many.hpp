// SPDX-License-Identifier: Apache-2.0
//
// Awaiting many tasks with one limit for all: all of their results, or what there is in time.
//
// ```cpp
// auto tasks = std::vector{async([] { return 1; }), async([] { return 2; })};
// auto numbers = co_await await_many(tasks);    // exits as soon as one of them fails
// numbers[1];                     //=> 2
// auto slow = std::vector{async([]() -> task<int> { co_return co_await receive<int>(); })};
// auto pairs = co_await yield_many(slow, {.timeout = std::chrono::milliseconds(1),
//                                         .on_timeout = unfinished::kill_task});
// pairs[0].second.has_value();    //=> false
// ```
//
// Guarantees: results stand in the order of the tasks, whatever the order in which they come; no
// tasks, no waiting. await_many leaves nothing of its tasks in the mailbox, also when it exits.
// yield_many leaves the tasks that are not done as `on_timeout` says: running, to be asked again.
//
// Units: limits are std::chrono durations, 5 s by default. Errors: await_many exits the caller with
// {reason, {task, await_many, [tasks, ms]}}; the tasks must be the caller's own, and different:
// argument_error. Threads: await them in a coroutine of a process.
//
// Mirrors Task.await_many/2 and yield_many/2. When not to use it: for more functions than should
// run at the same time (async_stream).
#pragma once

#include <limits>
#include <utility>
#include <vector>

#include "beamish/otp/async.hpp"

namespace beamish::inline v0 {

// What yield_many does with tasks that are not done in time.
enum class unfinished : std::uint8_t { nothing, ignore, kill_task };

struct yield_many_options {
  duration timeout = detail::task_timeout;
  unfinished on_timeout = unfinished::nothing;
  // Returns once that many are done.
  std::size_t limit = std::numeric_limits<std::size_t>::max();
};

namespace detail {

// One of several tasks that are waited for; sorted by `count`.
struct watched_task {
  std::uint64_t count;
  std::size_t position;
};

// What has come of one of them.
struct task_arrival {
  std::size_t position = 0;
  signal* result = nullptr;  // null: it has ended, `reason` says why
  exit_reason reason;
};

struct many_waiter : signal_waiter {
  const watched_task* tasks = nullptr;
  std::size_t size = 0;
  signal* taken = nullptr;
  std::size_t position = 0;
  bool is_down = false;

  ~many_waiter() {
    if (taken != nullptr) taken->type->dispose(taken);
  }
  // `anew`: looks at what is in the mailbox, too; otherwise goes on where the wait before ended.
  void begin(process_slot& self, std::coroutine_handle<> h, duration limit, bool anew) noexcept;
  std::optional<task_arrival> take() noexcept;
};

class [[nodiscard("co_await it")]] arrival_awaitable {
 public:
  using beamish_awaitable = void;
  arrival_awaitable(const std::vector<watched_task>& tasks, duration limit, bool anew)
      : limit_(limit), anew_(anew) {
    waiter_.tasks = tasks.data();
    waiter_.size = tasks.size();
  }
  bool await_ready() const noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> h) noexcept {
    waiter_.begin(*h.promise().self, h, limit_, anew_);
  }
  std::optional<task_arrival> await_resume() noexcept { return waiter_.take(); }

 private:
  many_waiter waiter_;
  duration limit_;
  bool anew_;
};

// What has become of some tasks; owns the results that have come.
struct task_arrivals {
  explicit task_arrivals(std::size_t size) : results(size), reasons(size) {}
  task_arrivals(task_arrivals&& other) noexcept = default;
  ~task_arrivals();
  std::vector<signal*> results;
  std::vector<std::optional<exit_reason>> reasons;

  template <class R>
  std::optional<answer<R>> take(std::size_t at) {
    if (signal* s = std::exchange(results[at], nullptr))
      return std::optional<answer<R>>(take_result<R>(s));
    if (reasons[at]) return std::optional<answer<R>>(std::in_place, std::move(*reasons[at]));
    return std::nullopt;
  }
};

task<task_arrivals> await_tasks(std::vector<task_key> keys, duration limit);
task<task_arrivals> yield_tasks(std::vector<task_key> keys, yield_many_options o);

template <class R>
std::vector<task_key> keys_of(const std::vector<async_task<R>>& tasks) {
  std::vector<task_key> keys;
  keys.reserve(tasks.size());
  for (const auto& t : tasks) keys.push_back(t.key());
  return keys;
}

template <class R>
task<std::vector<R>> values_of(task<task_arrivals> awaiting) {
  auto arrived = co_await awaiting;
  std::vector<R> values;
  values.reserve(arrived.results.size());
  for (std::size_t at = 0; at < arrived.results.size(); ++at)
    values.push_back(std::move(**arrived.template take<R>(at)));
  co_return values;
}
inline task<> end_of(task<task_arrivals> awaiting) { co_await awaiting; }

template <class R>
task<std::vector<std::pair<async_task<R>, std::optional<answer<R>>>>> pairs_of(
    std::vector<async_task<R>> tasks, task<task_arrivals> yielding) {
  auto arrived = co_await yielding;
  std::vector<std::pair<async_task<R>, std::optional<answer<R>>>> pairs;
  pairs.reserve(tasks.size());
  for (std::size_t at = 0; at < tasks.size(); ++at)
    pairs.emplace_back(tasks[at], arrived.template take<R>(at));
  co_return pairs;
}

}  // namespace detail

// Their results: task<std::vector<R>>, or task<> for tasks without a result.
template <class R>
auto await_many(const std::vector<async_task<R>>& tasks, duration limit = detail::task_timeout) {
  auto awaiting = detail::await_tasks(detail::keys_of(tasks), limit);
  if constexpr (std::is_void_v<R>)
    return detail::end_of(std::move(awaiting));
  else
    return detail::values_of<R>(std::move(awaiting));
}

// Each task with its result, or the reason of its end, or neither if it isn't done.
template <class R>
task<std::vector<std::pair<async_task<R>, std::optional<answer<R>>>>> yield_many(
    const std::vector<async_task<R>>& tasks, const yield_many_options& o = {}) {
  return detail::pairs_of(tasks, detail::yield_tasks(detail::keys_of(tasks), o));
}
template <class R>
auto yield_many(const std::vector<async_task<R>>& tasks, duration timeout) {
  return yield_many(tasks, yield_many_options{.timeout = timeout});
}

}  // namespace beamish::inline v0
