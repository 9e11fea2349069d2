// SPDX-License-Identifier: Apache-2.0
//
// answer<T>: what became of a request, as a value: the reply, or the reason why there is none.
//
// ```cpp
// task<int> half(int n) {
//   if (n % 2 != 0) throw std::invalid_argument("odd");
//   co_return n / 2;
// }
// auto good = co_await attempt(half(4));
// *good;                           //=> 2
// auto bad = co_await attempt(half(3));
// bad.ok();                        //=> false
// bad.reason().exception()->what;  //=> "odd"
// ```
//
// try_call, receive_response and node::call give it, and attempt(task) makes it of any task, or of
// anything else to be awaited that gives a value: the form to use where `co_await` would have to
// stand in a handler, which C++ does not allow.
//
// Guarantees: there is a value, or the reason why there is none; ok() says which. Errors: looking
// at a value that isn't there (`*`, `->`) throws `exited` with the reason, as a plain call would
// have. Threads: a value like any other.
//
// Mirrors {:ok, value} and {:error, reason}, and try/catch around a call. When not to use it: where
// the failure should end the process anyway; a plain call does that.
// tested in: request_test.cpp
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "beamish/runtime/exit_reason.hpp"
#include "beamish/runtime/task.hpp"

namespace beamish::inline v0 {

template <class T = void>
class [[nodiscard]] answer {
 public:
  using value_type = std::conditional_t<std::is_void_v<T>, bool, T>;

  explicit answer(exit_reason reason) : reason_(std::move(reason)) {}
  template <class U>
    requires std::is_constructible_v<value_type, U&&>
  explicit answer(std::in_place_t, U&& value) : value_(std::in_place, std::forward<U>(value)) {}

  bool ok() const noexcept { return value_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }
  value_type& operator*() {
    need_value();
    return *value_;
  }
  const value_type& operator*() const {
    need_value();
    return *value_;
  }
  value_type* operator->() { return &**this; }
  const value_type* operator->() const { return &**this; }
  // `normal` if there is a value.
  const exit_reason& reason() const noexcept { return reason_; }

 private:
  void need_value() const {
    if (!ok()) throw exited(reason_);
  }

  std::optional<value_type> value_;
  exit_reason reason_;
};

// Runs the task and gives its result or its failure as a value: the form to use where `co_await`
// would have to stand in a handler. Mirrors try/catch around a call.
template <class T>
task<answer<T>> attempt(task<T> work) {
  std::exception_ptr failure;
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(work);
      co_return answer<T>(std::in_place, true);
    } else {
      T value = co_await std::move(work);
      co_return answer<T>(std::in_place, std::move(value));
    }
  } catch (...) {
    failure = std::current_exception();
  }
  co_return answer<T>(exit_reason::from_exception(failure));
}

namespace detail {

// Its result or its failure, without a coroutine.
template <class A>
class [[nodiscard("an attempt is made only when it is awaited: co_await it")]] attempted {
 public:
  using beamish_awaitable = void;
  using must_be_awaited_at_once = void;
  using result = answer<std::decay_t<decltype(std::declval<A&>().await_resume())>>;

  explicit attempted(A& awaited) noexcept : awaited_(awaited) {}
  attempted(const attempted&) = delete;
  attempted& operator=(const attempted&) = delete;

  void awaited_from(std::source_location here) noexcept {
    if constexpr (requires { awaited_.awaited_from(here); }) awaited_.awaited_from(here);
  }
  bool await_ready() const { return awaited_.await_ready(); }
  template <class P>
  decltype(auto) await_suspend(std::coroutine_handle<P> h) {
    return awaited_.await_suspend(h);
  }
  result await_resume() {
    try {
      return result(std::in_place, awaited_.await_resume());
    } catch (...) {
      return result(exit_reason::from_exception(std::current_exception()));
    }
  }

 private:
  A& awaited_;
};

template <class A>
concept gives_a_value = requires(A& a) {
  typename A::beamish_awaitable;
  requires !std::is_void_v<decltype(a.await_resume())>;
};

}  // namespace detail

// The same of what is no task and gives a value: a call, a start. Await it where it stands.
template <class A>
  requires(detail::gives_a_value<std::remove_reference_t<A>> && !is_task<std::remove_cvref_t<A>>)
detail::attempted<std::remove_reference_t<A>> attempt(A&& awaited) noexcept {
  return detail::attempted<std::remove_reference_t<A>>(awaited);
}

}  // namespace beamish::inline v0
