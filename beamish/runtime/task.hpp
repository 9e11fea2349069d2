// SPDX-License-Identifier: Apache-2.0
//
// task<T>: a coroutine that a process runs, as its body or as a part of it.
//
// ```cpp
// task<int> twice(int x) { co_return 2 * x; }
// task<std::string> fail() {
//   throw std::runtime_error("no luck");
//   co_return "never";
// }
// int four = co_await twice(2);    //=> 4
// try {
//   auto text = co_await fail();
// } catch (const std::runtime_error& error) {
//   error.what();    //=> std::string("no luck")
// }
// ```
//
// Guarantees: a task starts when it is awaited, runs in the awaiting process, and gives its value
// or its exception to the awaiting coroutine. When a process is killed, the frames of its tasks are
// destroyed at the point where they wait, innermost first: destructors run, handlers don't.
//
// Errors: await a task once; only what Beamish offers can be awaited in it, anything else is a
// compile error. Parameters are references or types with a constructor: g++ 12 destroys aggregate
// parameters twice (see doc/hazards.md). Threads: a process may go on on another worker after each
// co_await.
//
// Mirrors a function that a process calls. When not to use it: for work beside the process; spawn a
// process for that.
#pragma once

#include <coroutine>
#include <cstdint>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

#include "beamish/runtime/memory_access.hpp"
#include "beamish/runtime/process_slot.hpp"

namespace beamish::inline v0 {

template <class T = void>
class task;

namespace detail {

// Stands for an awaitable that stays where it is, as a named object or a part of the awaiting
// expression: g++ 12 awaits a copy of what await_transform refers to.
template <class A>
struct awaited_in_place {
  A* what;
  bool await_ready() const { return what->await_ready(); }
  template <class P>
  auto await_suspend(std::coroutine_handle<P> h) const {
    return what->await_suspend(h);
  }
  decltype(auto) await_resume() const { return what->await_resume(); }
};

// Frames are waiters that wait for nothing: to resume one, the process "waits" for it.
struct promise_base : waiter {
  process_slot* self = nullptr;
  promise_base* parent = nullptr;
  std::exception_ptr error;
  std::source_location awaited_at;

  static void* operator new(std::size_t bytes) { return pool_allocate(bytes); }
  static void operator delete(void* block, std::size_t bytes) noexcept {
    pool_deallocate(block, bytes);
  }

  std::suspend_always initial_suspend() noexcept { return {}; }

  struct final_awaiter {
    bool await_ready() noexcept { return false; }
    template <class P>
    void await_suspend(std::coroutine_handle<P> h) noexcept {
      promise_base& done = h.promise();
      done.self->waiting = done.parent;
    }
    void await_resume() noexcept {}
  };
  final_awaiter final_suspend() noexcept { return {}; }

  void unhandled_exception() noexcept { note_failure(); }
  void
  note_failure() noexcept;  // keeps the exception, and where this task was awaited for the report

  // Awaiting a task remembers the place; awaitables of this library know their process by the
  // promise.
  template <class A>
  decltype(auto) await_transform(
      A&& awaitable, std::source_location here = std::source_location::current()) noexcept {
    static_assert(
        requires { typename std::remove_cvref_t<A>::beamish_awaitable; },
        "a process can only co_await what Beamish offers (tasks, receive, calls, sleep, "
        "blocking): put other waiting into blocking(f)");
    constexpr bool at_once = requires { typename std::remove_cvref_t<A>::must_be_awaited_at_once; };
    static_assert(!at_once || !std::is_lvalue_reference_v<A>,
                  "attempt(x) refers to x, which may be gone: write co_await attempt(x)");
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 14
    static_assert(
        std::is_lvalue_reference_v<A> ||
            !requires { typename std::remove_cvref_t<A>::must_be_named; },
        "g++ 12 destroys the captures of a lambda in this expression twice: write "
        "auto job = ...; auto result = co_await job;");
#endif
    if constexpr (requires { awaitable.awaited_from(here); }) awaitable.awaited_from(here);
    return awaited_in_place<std::remove_reference_t<A>>{&awaitable};
  }
};

template <class T>
struct promise : promise_base {
  union {
    T value;
  };
  bool has_value = false;

  promise() noexcept {}
  ~promise() {
    if (has_value) value.~T();
  }
  task<T> get_return_object() noexcept;
  template <class U>
    requires std::is_constructible_v<T, U&&>
  void return_value(U&& from) {
    ::new (&value) T(std::forward<U>(from));
    has_value = true;
  }
  T take() {
    if (error) std::rethrow_exception(std::exchange(error, nullptr));
    return std::move(value);
  }
};

template <>
struct promise<void> : promise_base {
  task<void> get_return_object() noexcept;
  void return_void() noexcept {}
  void take() {
    if (error) std::rethrow_exception(std::exchange(error, nullptr));
  }
};

}  // namespace detail

template <class T>
class [[nodiscard("a task runs only when it is awaited: co_await it")]] task {
 public:
  using promise_type = detail::promise<T>;
  using value_type = T;
  using beamish_awaitable = void;

  task() noexcept = default;
  explicit task(std::coroutine_handle<promise_type> h) noexcept : handle_(h) {}
  task(task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  task& operator=(task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~task() {
    if (handle_) handle_.destroy();
  }

  // The awaiting side; used by co_await.
  void awaited_from(std::source_location here) noexcept { handle_.promise().awaited_at = here; }
  bool await_ready() const noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> awaiting) noexcept {
    detail::promise_base& child = handle_.promise();
    child.parent = &awaiting.promise();
    child.self = child.parent->self;
    child.self->waiting = &child;
  }
  T await_resume() { return handle_.promise().take(); }

  // For the runtime: the coroutine, to be run as the outermost frame of a process.
  std::coroutine_handle<promise_type> handle() const noexcept { return handle_; }

 private:
  std::coroutine_handle<promise_type> handle_;
};

template <class T>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<task<T>> = true;

namespace detail {
template <class T>
task<T> promise<T>::get_return_object() noexcept {
  auto h = std::coroutine_handle<promise>::from_promise(*this);
  frame = h;
  return task<T>(h);
}
inline task<void> promise<void>::get_return_object() noexcept {
  auto h = std::coroutine_handle<promise>::from_promise(*this);
  frame = h;
  return task<void>(h);
}
}  // namespace detail

}  // namespace beamish::inline v0
