// SPDX-License-Identifier: Apache-2.0
//
// receive: wait for a message by its type, as OTP's selective receive does.
//
// ```cpp
// struct ping { int number; };
// send(self(), ping{1});
// send(self(), std::string("hello"));
// auto text = co_await receive<std::string>();           //=> "hello"
// auto either = co_await receive<int, ping>();           // std::variant of the oldest of either
// std::get<ping>(either).number;                         //=> 1
// auto soon = co_await receive<int>(std::chrono::milliseconds(1));    // std::optional
// soon.has_value();                                      //=> false
// send(self(), 5);
// send(self(), 7);
// auto large = co_await receive_if<int>([](const int& n) { return n > 5; });    //=> 7
// ```
//
// Guarantees: looks at the oldest message first; what doesn't match stays queued in its order. A
// timeout of zero still takes a match that has already arrived; `infinity` waits without end. A
// process that waits occupies no thread.
//
// Units: timeouts are std::chrono durations, by the node's clock. Errors: what a predicate throws
// comes out of the receive, and the message that it looked at is gone. On g++ 12 a predicate must
// be trivially destructible (captures by reference). Threads: only in a coroutine of a process; a
// thread body uses receive_blocking.
//
// Mirrors Elixir's receive and its `after`. When not to use it: inside a server's callback, where
// it makes the server deaf to other messages; prefer handle_info.
#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "beamish/runtime/message.hpp"
#include "beamish/runtime/task.hpp"
#include "beamish/runtime/wait.hpp"

namespace beamish::inline v0 {

using duration = std::chrono::nanoseconds;
// Waits without end: a timeout like any other.
inline constexpr duration infinity{-1};

namespace detail {

template <class... Ms>
struct received {
  using type = std::variant<Ms...>;
};
template <class M>
struct received<M> {
  using type = M;
};

template <class... Ms>
using received_t = typename received<Ms...>::type;

struct any_message {
  template <class M>
  bool operator()(const M&) const noexcept {
    return true;
  }
};

// REQUIRES: `s` carries one of Ms.
template <class Result, class M, class... Rest>
Result take_message(signal& s) {
  if constexpr (sizeof...(Rest) == 0) {
    return Result(std::move(payload_of<M>(s)));
  } else {
    if (same_message(s.type->message, &message_type_of<M>)) {
      if constexpr (std::is_same_v<Result, M>)
        return std::move(payload_of<M>(s));
      else
        return Result(std::in_place_type<M>, std::move(payload_of<M>(s)));
    }
    return take_message<Result, Rest...>(s);
  }
}

class disposer {
 public:
  explicit disposer(signal* s) noexcept : signal_(s) {}
  ~disposer() { signal_->type->dispose(signal_); }
  disposer(const disposer&) = delete;
  disposer& operator=(const disposer&) = delete;

 private:
  signal* signal_;
};

template <class Predicate, class... Ms>
struct message_waiter : signal_waiter {
  static constexpr bool may_fail =
      !(std::is_nothrow_invocable_v<const Predicate&, const Ms&> && ...);
  Predicate accepts;
  signal* taken = nullptr;
  // What the predicate threw when it looked at `taken`.
  std::conditional_t<may_fail, std::exception_ptr, std::monostate> failure{};

  explicit message_waiter(duration t, Predicate p) : accepts(p) {
    timeout = t.count();
    match = &try_match;
  }

  static bool try_match(waiter& w, signal& s) {
    if (s.type->kind != signal_kind::message) return tell_wait(s, {message_type_of<Ms>.name...});
    auto& me = static_cast<message_waiter&>(w);
    const bool matches = me.look_at(s);
    if (matches) me.taken = &s;
    return matches;
  }

  bool look_at(signal& s) {
    const auto matches = [&] {
      return ((same_message(s.type->message, &message_type_of<Ms>) &&
               accepts(std::as_const(payload_of<Ms>(s)))) ||
              ...);
    };
    if constexpr (may_fail) {
      try {
        return matches();
      } catch (...) {
        failure = std::current_exception();
        return true;
      }
    } else {
      return matches();
    }
  }

  received_t<Ms...> take() {
    disposer end(taken);
    if constexpr (may_fail) {
      if (failure != nullptr) std::rethrow_exception(failure);
    }
    return take_message<received_t<Ms...>, Ms...>(*taken);
  }
};

// `Timed`: the result is an optional.
template <bool Timed, class Predicate, class... Ms>
class [[nodiscard("co_await it")]] receive_awaitable {
 public:
  using beamish_awaitable = void;
  receive_awaitable(duration timeout, Predicate p) : waiter_(timeout, p) {}

  bool await_ready() const noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> h) noexcept {
    process_slot& self = *h.promise().self;
    waiter_.frame = h;
    self.scan = &self.queue;
    self.waiting = &waiter_;
  }
  auto await_resume() {
    if constexpr (Timed) {
      using result = std::optional<received_t<Ms...>>;
      if (waiter_.timed_out) return result();
      return result(waiter_.take());
    } else {
      return waiter_.take();
    }
  }

 private:
  message_waiter<Predicate, Ms...> waiter_;
};

template <class Predicate>
constexpr void check_predicate() {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 14
  static_assert(std::is_trivially_destructible_v<Predicate>,
                "g++ 12 destroys such a predicate twice: capture by reference");
#endif
}

// What a receive that a static_assert has refused gives: awaitable, so that one error is all.
inline auto refused_receive() {
  return receive_awaitable<false, any_message, std::monostate>(infinity, {});
}

}  // namespace detail

template <class... Ms>
auto receive() {
  constexpr bool says_which = sizeof...(Ms) > 0;
  static_assert(says_which, "say which messages to receive: receive<my_message>()");
  if constexpr (says_which) {
    return detail::receive_awaitable<false, detail::any_message, Ms...>(infinity, {});
  } else {
    return detail::refused_receive();
  }
}
template <class... Ms>
auto receive(duration timeout) {
  constexpr bool says_which = sizeof...(Ms) > 0;
  static_assert(says_which, "say which messages to receive: receive<my_message>(timeout)");
  if constexpr (says_which) {
    return detail::receive_awaitable<true, detail::any_message, Ms...>(timeout, {});
  } else {
    return detail::refused_receive();
  }
}
template <class... Ms, class Predicate>
auto receive_if(Predicate accepts) {
  detail::check_predicate<Predicate>();
  return detail::receive_awaitable<false, Predicate, Ms...>(infinity, accepts);
}
template <class... Ms, class Predicate>
auto receive_if(duration timeout, Predicate accepts) {
  detail::check_predicate<Predicate>();
  return detail::receive_awaitable<true, Predicate, Ms...>(timeout, accepts);
}

namespace detail {

class [[nodiscard("co_await it")]] sleep_awaitable : signal_waiter {
 public:
  using beamish_awaitable = void;
  explicit sleep_awaitable(duration d) {
    timeout = d.count();
    match = [](waiter&, signal& s) { return tell_wait(s, "time to pass"); };
  }
  bool await_ready() const noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> h) noexcept {
    frame = h;
    process_slot& self = *h.promise().self;
    self.scan = self.queue_end;
    self.waiting = this;
  }
  void await_resume() const noexcept {}
};

}  // namespace detail

// Suspends the current process for that long, without occupying a worker.
inline detail::sleep_awaitable sleep(duration d) { return detail::sleep_awaitable(d); }

}  // namespace beamish::inline v0
