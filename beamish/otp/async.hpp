// SPDX-License-Identifier: Apache-2.0
//
// Tasks: a function that runs in a process of its own, and whose result is awaited.
//
// ```cpp
// int slow_square(int x) { return x * x; }
// auto six = async([] { return 6; });
// auto seven = async([]() -> task<int> {
//   co_await sleep(std::chrono::milliseconds(1));
//   co_return 7;
// });
// int a = co_await six.await();      //=> 6
// int b = co_await seven.await();    //=> 7
// auto many = std::vector{async(slow_square, 2), async(slow_square, 3)};
// auto squares = co_await await_many(many);
// squares[1];                        //=> 9
// auto t = async(on_thread([] { return std::string("may block"); }));
// auto early = co_await t.yield(std::chrono::seconds(1));    // empty: not done yet
// **early;                           //=> "may block"
// auto busy = async([]() -> task<int> { co_return co_await receive<int>(); });
// auto ended = co_await busy.shutdown();
// ended.has_value();                 //=> false
// ```
//
// A task is a plain function, a coroutine, or on_thread(function), which may block. Its owner, the
// process that called async, is linked to it and monitors it: if one fails, so does the other.
//
// Guarantees: the owner is sent task_result<R> and then a down_message, both with the task's id;
// await, yield and shutdown receive them for you, and a server may take them in handle_info
// instead. Once await has returned or exited, nothing of the task is or comes into the mailbox.
//
// Units: limits are std::chrono durations, await's is 5 s by default. Errors: await exits the
// caller with {reason, {task, await, [task, ms]}}, and {timeout, ...} when it takes too long; yield
// and shutdown give reasons as values. Only the owner may use the task: argument_error elsewhere.
// Threads: await it in a coroutine of a process; a thread body uses await_blocking.
//
// Mirrors Task. When not to use it: for thousands that are not awaited in the order of their start
// (await_many: else each await looks through all the results that wait), where a failure must not
// end the owner (task_supervisor), or for a coroutine that may as well run here (task<T>).
#pragma once

#include <optional>
#include <vector>

#include "beamish/otp/brutal_kill.hpp"
#include "beamish/otp/task_process.hpp"
#include "beamish/runtime/answer.hpp"
#include "beamish/runtime/receive.hpp"

namespace beamish::inline v0 {

namespace detail {

inline constexpr duration task_timeout = std::chrono::seconds(5);

// Waits for the result of a task, or for its DOWN.
struct task_waiter : signal_waiter {
  std::uint64_t count = 0;
  signal* taken = nullptr;
  // How many messages from the front of the queue it has passed over; not counted if it began at
  // the end.
  std::size_t passed = 0;
  bool from_front = true;
  bool wants_result = true;
  bool is_down = false;

  ~task_waiter() {
    if (taken != nullptr) taken->type->dispose(taken);
  }
  void begin(process_slot& self, std::coroutine_handle<> h, const task_key& key,
             duration limit) noexcept;
  // REQUIRES: is_down.
  exit_reason take_reason() noexcept;
};

// In its owner only: argument_error.
void check_owner(const task_key& key, const char* function);
std::uint64_t count_of_task(const task_key& key) noexcept;
void wait_in_thread_for(task_waiter& w, const task_key& key, duration limit);

// The result was taken: nothing more of the task is wanted. `just_taken`: by the wait before.
void stop_watching(const task_key& key, bool just_taken);
// The same, just taken by that wait.
void end_wait(const task_waiter& w, const task_key& key);
// The same, and its result isn't wanted either.
void give_up(const task_key& key);
// The result that has arrived, or null.
signal* find_result(const task_key& key);
std::optional<exit_reason> find_down(const task_key& key);
// {reason, {task, function, [task, ms]}}
exit_reason task_failed(const exit_reason& reason, const char* function, const task_key& key,
                        duration limit);
term show_task(const task_key& key);

// Ends the task; nil if it ended as it was told, a reason if not. Of its result nothing is known.
task<std::optional<exit_reason>> shut_down(task_key key, duration limit, bool brutally);
// Its result if it has arrived; and nobody is linked to it any more.
signal* ignore_task(const task_key& key, std::optional<exit_reason>& reason);

// Puts the result into the current process's mailbox. `id`: in it, to be set.
task_key complete(task_signal* result, reference& id);

template <class R>
answer<R> take_result(signal* s) {
  disposer end(s);
  if constexpr (std::is_void_v<R>)
    return answer<R>(std::in_place, true);
  else
    return answer<R>(std::in_place, std::move(static_cast<result_node<R>*>(s)->message.value));
}

// Of await: gives R, and a failure exits. `Yields`: gives std::optional<answer<R>>.
template <class R, bool Yields>
class [[nodiscard("co_await it")]] task_awaitable {
 public:
  using beamish_awaitable = void;
  using result = std::conditional_t<Yields, std::optional<answer<R>>, R>;

  task_awaitable(const task_key& key, duration limit) : key_(key), limit_(limit) {
    check_owner(key, Yields ? "yield" : "await");
  }
  bool await_ready() const noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> h) noexcept {
    waiter_.begin(*h.promise().self, h, key_, limit_);
  }
  result await_resume() { return finish(); }
  // In a thread body.
  result block() {
    wait_in_thread_for(waiter_, key_, limit_);
    return finish();
  }

 private:
  result finish() {
    if (waiter_.taken != nullptr && !waiter_.is_down) {
      end_wait(waiter_, key_);
      signal* s = std::exchange(waiter_.taken, nullptr);
      if constexpr (Yields) {
        return result(std::in_place, take_result<R>(s));
      } else {
        disposer end(s);
        if constexpr (!std::is_void_v<R>)
          return std::move(static_cast<result_node<R>*>(s)->message.value);
        else
          return;
      }
    }
    if (waiter_.is_down) {
      exit_reason why = waiter_.take_reason();
      if constexpr (Yields)
        return result(std::in_place, std::move(why));
      else
        throw exited(task_failed(why, "await", key_, limit_));
    }
    if constexpr (Yields) {
      return std::nullopt;
    } else {
      give_up(key_);
      throw exited(task_failed(exit_reason(atom("timeout")), "await", key_, limit_));
    }
  }

  task_key key_;
  duration limit_;
  task_waiter waiter_;
};

// Of a task that has no name: on g++ 12 the function that async was given might stand beside it.
template <class R, bool Yields>
class named_awaitable : public task_awaitable<R, Yields> {
 public:
  using must_be_named = void;
  using task_awaitable<R, Yields>::task_awaitable;
};

}  // namespace detail

// A task and its owner's claim to its result: a value, to be kept, copied and stored.
template <class R>
class async_task {
 public:
  using value_type = R;

  async_task() = default;
  explicit async_task(const detail::task_key& key) noexcept : key_(key) {}

  // Empty for a task that was complete from the start.
  pid process() const noexcept { return key_.process; }
  // Of its task_result and its down_message.
  const reference& id() const noexcept { return key_.id; }

  // The result.
  auto await(duration limit = detail::task_timeout) const& {
    return detail::task_awaitable<R, false>(key_, limit);
  }
  auto await(duration limit = detail::task_timeout) const&& {
    return detail::named_awaitable<R, false>(key_, limit);
  }
  // The result, or the reason of its end; empty if there is neither yet: then it may be asked
  // again.
  auto yield(duration limit = detail::task_timeout) const& {
    return detail::task_awaitable<R, true>(key_, limit);
  }
  auto yield(duration limit = detail::task_timeout) const&& {
    return detail::named_awaitable<R, true>(key_, limit);
  }
  R await_blocking(duration limit = detail::task_timeout) const { return await(limit).block(); }
  std::optional<answer<R>> yield_blocking(duration limit = detail::task_timeout) const {
    return yield(limit).block();
  }

  // Tells the task to end (`shutdown`), and kills it after `limit`. Empty if it ended as it was
  // told; the result if it was sent before; the reason if it ended with another one.
  task<std::optional<answer<R>>> shutdown(duration limit = detail::task_timeout) const {
    return shut_down(key_, limit, false);
  }
  task<std::optional<answer<R>>> shutdown(brutal_kill_t) const {
    return shut_down(key_, infinity, true);
  }
  // Lets it run on, unlinked: nothing of it arrives from now on. What has arrived is given.
  std::optional<answer<R>> ignore() const {
    std::optional<exit_reason> reason;
    signal_of result = detail::ignore_task(key_, reason);
    if (result != nullptr) return detail::take_result<R>(result);
    if (reason) return answer<R>(std::move(*reason));
    return std::nullopt;
  }

  const detail::task_key& key() const noexcept { return key_; }
  friend bool operator==(const async_task& a, const async_task& b) noexcept {
    return a.key_.id == b.key_.id;
  }
  // %Task{owner: #PID<...>, pid: #PID<...>, ref: #Reference<...>}
  friend term to_term(const async_task& t) { return detail::show_task(t.key_); }

 private:
  using signal_of = detail::signal*;

  static task<std::optional<answer<R>>> shut_down(detail::task_key key, duration limit,
                                                  bool brutally) {
    detail::check_owner(key, "shutdown");
    auto reason = co_await detail::shut_down(key, limit, brutally);
    std::optional<answer<R>> outcome;
    if (signal_of result = detail::find_result(key))
      outcome.emplace(detail::take_result<R>(result));
    else if (reason)
      outcome.emplace(std::move(*reason));
    co_return outcome;
  }

  detail::task_key key_;
};

// Starts a task that is linked to the current process and monitored by it.
template <class F, class... Args>
auto async(F&& f, Args&&... args) {
  using task_type = async_task<detail::value_of_task_t<F, Args...>>;
  if constexpr (detail::check_task<F, Args...>())
    return task_type(detail::start_task_here(detail::bond::task, std::forward<F>(f),
                                             std::forward<Args>(args)...));
  else
    return task_type();
}
// A task that has its result already, and no process. Mirrors Task.completed/1.
template <class V>
async_task<std::decay_t<V>> completed_task(V&& value) {
  using R = std::decay_t<V>;
  auto* node = detail::pool_new<detail::result_node<R>>(detail::task_message_type<R>, reference{},
                                                        std::forward<V>(value));
  return async_task<R>(detail::complete(node, node->message.id));
}

// Starts a task whose result nobody wants.
template <class F, class... Args>
pid start_task(F&& f, Args&&... args) {
  if constexpr (detail::check_task<F, Args...>())
    return detail::start_task_here(detail::bond::none, std::forward<F>(f),
                                   std::forward<Args>(args)...)
        .process;
  else
    return {};
}
// The same, linked to the current process.
template <class F, class... Args>
pid start_task_link(F&& f, Args&&... args) {
  if constexpr (detail::check_task<F, Args...>())
    return detail::start_task_here(detail::bond::link, std::forward<F>(f),
                                   std::forward<Args>(args)...)
        .process;
  else
    return {};
}

// Who asked for the task that the current process is, and for whom that did it, nearest first.
// Mirrors the $callers of Task.
std::vector<pid> callers();

}  // namespace beamish::inline v0
