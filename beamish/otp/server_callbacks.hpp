// SPDX-License-Identifier: Apache-2.0
//
// From a message to the user's callback: the part of a gen_server that depends on its type.
//
// Everything here is thin: find the clause by type, call it, hand what it returned to the
// server_box. What a callback may return is checked in server_checks.hpp.
// tested in: gen_server_test.cpp
#pragma once

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>

#include "beamish/otp/from.hpp"
#include "beamish/otp/outcome.hpp"
#include "beamish/otp/response.hpp"
#include "beamish/otp/server_box.hpp"
#include "beamish/runtime/signals.hpp"

namespace beamish::inline v0 {

template <class Server>
struct gen_server;
template <class Server>
struct gen_statem;

// The messages that a server accepts by pid, name or network.
template <class... Ms>
struct accepts {};

namespace detail {

// State machines run on the same engine: what differs is specialised for them.
struct statem_base {};
template <class S>
concept is_statem = std::is_base_of_v<statem_base, S>;
template <class S>
using behaviour_of = std::conditional_t<is_statem<S>, gen_statem<S>, gen_server<S>>;
template <class S>
class basic_statem_init;
template <class S>
using init_result_of = std::conditional_t<is_statem<S>, basic_statem_init<S>, basic_init_result<S>>;

template <class S, class M>
concept answers_plainly = requires(S& s, M& m) { s.handle_call(m); };
template <class S, class M>
concept answers_later = requires(S& s, M& m, from<M> f) { s.handle_call(m, std::move(f)); };
template <class S, class M>
inline constexpr bool has_call_clause = answers_plainly<S, M> || answers_later<S, M>;
template <class S, class M>
inline constexpr bool has_cast_clause = requires(S& s, M& m) { s.handle_cast(m); };
template <class S, class M>
inline constexpr bool has_info_clause = requires(S& s, M& m) { s.handle_info(m); };

// The callbacks of its own life.
template <class S>
concept terminates_with_reason = requires(S& s, const exit_reason& why) { s.terminate(why); };
template <class S>
concept terminates_plainly = requires(S& s) { s.terminate(); };
template <class S>
concept formats_status = requires(S& s) {
  { s.format_status() } -> std::convertible_to<term>;
};
template <class S>
concept formats_whole_status = requires(S& s, server_status all) {
  { s.format_status(std::move(all)) } -> std::same_as<server_status>;
};
template <class S>
concept changes_code = requires(S& s, const term& old, const term& extra) {
  { s.code_change(old, extra) } -> std::convertible_to<bool>;
};

template <class S>
struct messages_of {
  using type = accepts<>;
};
template <class S>
  requires requires { typename S::messages; }
struct messages_of<S> {
  using type = typename S::messages;
};

// What the library's own callbacks return that have to wait only now and then: a frame for each of
// the others would cost as much as the call.
template <class T>
class value_or_task {
 public:
  value_or_task(T value) : value_(std::move(value)) {}
  value_or_task(task<T> work) : work_(std::move(work)) {}
  bool is_value() const noexcept { return value_.has_value(); }
  // REQUIRES: it is one.
  T&& value() && noexcept { return std::move(*value_); }
  // REQUIRES: it is none.
  task<T>&& work() && noexcept { return std::move(work_); }

 private:
  std::optional<T> value_;
  task<T> work_;
};
template <class R>
inline constexpr bool is_value_or_task = false;
template <class T>
inline constexpr bool is_value_or_task<value_or_task<T>> = true;

template <class T>
struct awaited {
  using type = T;
};
template <class T>
struct awaited<task<T>> {
  using type = T;
};
template <class T>
struct awaited<value_or_task<T>> {
  using type = T;
};
template <class T>
using awaited_t = typename awaited<T>::type;

// Whether a callback that answers nothing may return R, or a task of it.
template <class S, class R>
inline constexpr bool is_outcome =
    std::is_void_v<awaited_t<R>> ||
    std::is_same_v<std::remove_cvref_t<awaited_t<R>>, basic_outcome<S>>;

// A coroutine callback and what to do with its result.
template <class T, class Then>
struct running_callback_of : running_callback {
  running_callback_of(task<T>&& t, Then n) : then(std::move(n)), work(std::move(t)) {
    root = &work.handle().promise();
    finish = [](server_box& box, running_callback* base) {
      auto* me = static_cast<running_callback_of*>(base);
      running_callback_of moved(std::move(*me));
      pool_delete(me);
      if constexpr (std::is_void_v<T>) {
        moved.work.await_resume();
        moved.then(box);
      } else {
        moved.then(box, moved.work.await_resume());
      }
    };
    drop = [](running_callback* base) noexcept {
      pool_delete(static_cast<running_callback_of*>(base));
    };
  }
  running_callback_of(running_callback_of&&) = default;
  Then then;  // outlives the coroutine, which may refer to what it keeps
  task<T> work;
};

// Calls `callback` and gives its result to `then`: now, or when the coroutine has returned.
template <class Callback, class Then>
void settle(server_box& box, Callback callback, Then then) {
  using R = decltype(callback());
  if constexpr (is_task<R>) {
    box.await(pool_new<running_callback_of<awaited_t<R>, Then>>(callback(), then));
  } else if constexpr (is_value_or_task<R>) {
    R result = callback();
    if (result.is_value()) return then(box, std::move(result).value());
    box.await(pool_new<running_callback_of<awaited_t<R>, Then>>(std::move(result).work(), then));
  } else if constexpr (std::is_void_v<R>) {
    callback();
    then(box);
  } else {
    then(box, callback());
  }
}

// What is not a call: void or outcome.
template <class S>
struct apply_outcome {
  void operator()(server_box& box) const { box.go_on(); }
  template <class R>
  void operator()(server_box& box, R&& result) const {
    if constexpr (std::is_same_v<std::remove_cvref_t<R>, basic_outcome<S>>)
      box.apply(std::move(result.step));
  }
};

template <class S, class M>
struct apply_answer {
  void operator()(server_box& box) const {
    if constexpr (std::is_void_v<reply_t<M>>) {
      box.answer<M>(no_value{});
      box.go_on();
    }
  }
  template <class R>
  void operator()(server_box& box, R&& result) const {
    using result_type = basic_call_result<S, M>;
    if constexpr (std::is_same_v<std::remove_cvref_t<R>, result_type>) {
      if (result.value) box.answer<M>(std::move(*result.value));
      box.apply(std::move(result.step));
    } else if constexpr (std::is_constructible_v<stored_reply_t<M>, R&&>) {
      box.answer<M>(std::forward<R>(result));
      box.go_on();
    } else if constexpr (std::is_constructible_v<result_type, R&&>) {
      (*this)(box, result_type(std::forward<R>(result)));
    }
  }
};

template <class S, class M>
void run_call(server_box& box, S& server, signal& s) {
  auto* node = static_cast<request_node<M>*>(static_cast<request_base*>(&s));
  if constexpr (answers_later<S, M>) {
    box.current = nullptr;  // from now on the obligation is the callback's
    settle(
        box, [&] { return server.handle_call(node->question, from<M>(node)); }, apply_outcome<S>{});
  } else {
    settle(box, [&] { return server.handle_call(node->question); }, apply_answer<S, M>{});
  }
}

template <class S, class M>
bool try_clause(server_box& box, S& server, signal& s) {
  if (!same_message(s.type->message, &message_type_of<M>)) return false;
  switch (s.type->kind) {
    case signal_kind::call:
      if constexpr (has_call_clause<S, M>) return run_call<S, M>(box, server, s), true;
      break;
    case signal_kind::cast:
      if constexpr (has_cast_clause<S, M>) {
        settle(box, [&] { return server.handle_cast(payload_of<M>(s)); }, apply_outcome<S>{});
        return true;
      }
      break;
    default:
      if constexpr (has_info_clause<S, M>) {
        settle(box, [&] { return server.handle_info(payload_of<M>(s)); }, apply_outcome<S>{});
        return true;
      }
  }
  return false;
}

// What the engine keeps of a server beside the user's object.
template <class S>
struct server_extra {};

// The box of a server with the user's object in it.
template <class S>
struct server_object : server_box {
  ~server_object() {
    if (constructed) server.~S();
  }
  server_object() noexcept {}
  [[no_unique_address]] server_extra<S> extra;
  union {
    S server;
  };
};

template <class S, class X>
void run_continue(server_box& box, signal& s) {
  S& server = static_cast<server_object<S>&>(box).server;
  constexpr bool has_one = requires { server.handle_continue(payload_of<X>(s)); };
  static_assert(has_one,
                ".then(x) needs a handle_continue clause for the type of x: a public "
                "handle_continue(x&)");
  if constexpr (has_one) {
    constexpr bool fits = is_outcome<S, decltype(server.handle_continue(payload_of<X>(s)))>;
    static_assert(fits, "handle_continue must return void or outcome: noreply() or stop(reason)");
    if constexpr (fits)
      settle(box, [&] { return server.handle_continue(payload_of<X>(s)); }, apply_outcome<S>{});
  }
}

// Keeps the response for a clause that is a coroutine.
template <class S>
struct apply_after_response : apply_outcome<S> {
  explicit apply_after_response(std::shared_ptr<response> r) : kept(std::move(r)) {}
  std::shared_ptr<response> kept;
};

template <class S>
bool run_response(server_box& box, S& server) {
  if constexpr (has_info_clause<S, response>) {
    auto* node = static_cast<request_base*>(box.current);
    auto arrived = std::make_shared<response>(node);
    box.current = nullptr;
    settle(box, [&] { return server.handle_info(*arrived); }, apply_after_response<S>{arrived});
    return true;
  }
  return false;
}

template <class S, class... Ms>
bool dispatch_to(server_box& box, S& server, signal& s, accepts<Ms...>) {
  // The payload of a reply is no message.
  if (s.type->kind != signal_kind::reply && (try_clause<S, Ms>(box, server, s) || ...)) return true;
  // What the runtime itself sends needs no listing.
  if (s.type->kind == signal_kind::reply) return run_response(box, server);
  return try_clause<S, exit_message>(box, server, s) || try_clause<S, down_message>(box, server, s);
}

}  // namespace detail
}  // namespace beamish::inline v0
