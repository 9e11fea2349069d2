// SPDX-License-Identifier: Apache-2.0
//
// Calls and casts: talk to a server by pid, name, {name, node}, via or typed reference.
//
// ```cpp
// struct counter : gen_server<counter> {
//   struct add { int amount; };
//   struct total { using reply = int; };
//   using messages = accepts<add, total>;
//   int sum = 0;
//   void handle_cast(add& m) { sum += m.amount; }
//   int handle_call(total&) { return sum; }
// };
// auto c = co_await start_link<counter>({.name = "counter"});
// cast<counter::add>("counter", 3);                           // fire and forget
// auto sum = co_await call<counter::total>("counter");        //=> 3
// auto soon = co_await call<counter::total>(within(std::chrono::seconds(1)), "counter");    //=> 3
// auto none = co_await try_call<counter::total>("nobody");    // answer<int>: never exits
// none.reason().value();                                      //=> {:noproc, ...}
// ```
//
// Guarantees: casts and calls of one process to one server arrive in the order in which they were
// sent. A late reply never reaches the mailbox. A cast always succeeds, also if nobody is there,
// unless the server has bounded its mailbox; see mailbox_limit.hpp, and send_token.hpp for what a
// cast gives.
//
// Units: a call waits at most 5 s unless `within` says otherwise, as a std::chrono duration or
// `infinity`. Errors: call exits the caller, and try_call has as its reason, {timeout, {gen_server,
// call, [server, message, ms]}}; in the same way {noproc, …} if there is no such process; {its
// reason, …} if the server dies; {calling_self, …}; {{nodedown, node}, …}. Threads: coroutines of
// processes; thread bodies use call_blocking, plain threads node::call.
//
// Mirrors GenServer.call/3 and cast/2. When not to use it: for plain processes (send), or to ask
// many at once (send_request).
// tested in: call_test.cpp
#pragma once

#include <chrono>
#include <utility>

#include "beamish/runtime/activity.hpp"
#include "beamish/runtime/answer.hpp"
#include "beamish/runtime/destination.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/request.hpp"

namespace beamish::inline v0 {

inline constexpr duration default_call_timeout = std::chrono::seconds(5);

// How long a call may take; `within(infinity)` never gives up. See deadline.hpp for a limit that
// holds for all that is called meanwhile, too.
struct within {
  explicit constexpr within(duration d) noexcept : limit(d) {}
  duration limit;
  bool passes_on = false;
};

namespace detail {

// Where a call goes, resolved once; what it was called, for the reason of a failure.
struct call_target {
  pid process;
  term shown;               // nil: the pid itself
  exit_reason unreachable;  // if there is no process
};
call_target resolve_for_call(const destination& to, bool has_codec);
exit_reason call_failed(const exit_reason& reason, const call_target& target, term message,
                        duration limit);
// A limit as reasons show it: milliseconds or :infinity.
term limit_term(duration limit);
// The reason of a call that ran out of time; see activity.hpp for what comes with it.
exit_reason call_timed_out(const call_target& target, term message, duration limit,
                           const lateness& how);
// The reason of one that got no answer.
exit_reason call_gave_up(const call_waiter& w, const call_target& target, term message,
                         duration limit);
// Budget: a slice is shared by sender and receiver.
send_outcome send_cast(const destination& to, signal* message, bool has_codec) noexcept;

// The message as a reason shows it. Kept by the caller only if that costs nothing; a longer one is
// shown in full if it came back unanswered, and by its name if it is gone.
template <class M>
struct kept_question {
  static constexpr bool whole = std::is_trivially_copyable_v<M> && sizeof(M) <= 32 && has_term<M>;
  std::conditional_t<whole, std::optional<M>, no_value> copy;
  void keep(const M& m) {
    if constexpr (whole) copy.emplace(m);
  }
  term shown(request_base* came_back) const {
    if constexpr (whole) {
      return to_message_term(*copy);
    } else {
      if constexpr (has_term<M>) {
        if (came_back != nullptr && came_back->question_lives)
          return to_message_term(static_cast<request_node<M>*>(came_back)->question);
      }
      return term(atom(short_type_name<M>()));
    }
  }
};

// The awaiting coroutine ends: what it still owns of the request ends with it.
inline void end_waiter(call_waiter& w, bool sent) noexcept {
  if (w.node == nullptr) return;
  if (!sent)
    discard_request(w.node);
  else if (w.returned)
    w.node->type->dispose(w.node);
}

template <class... Args>
constexpr void check_co_await_arguments() {
  static_assert(
      (safe_in_co_await<Args> && ...),
      "g++ 12 destroys a temporary aggregate twice in a co_await expression: pass the fields, "
      "as in call<message>(fields...), or a named variable");
}

// `Value`: gives answer<R>; otherwise R, and a failure exits.
template <class M, bool Value>
class [[nodiscard("a call happens only when it is awaited: co_await it")]] call_awaitable {
 public:
  using beamish_awaitable = void;
  using result = reply_t<M>;

  call_awaitable(call_target target, within limit, request_node<M>* node)
      : target_(std::move(target)), limit_(limit.limit) {
    waiter_.node = node;
    waiter_.timeout = limit_.count();
    waiter_.passes_on = limit.passes_on;
    question_.keep(node->question);
  }
  call_awaitable(const call_awaitable&) = delete;
  call_awaitable& operator=(const call_awaitable&) = delete;
  ~call_awaitable() { end_waiter(waiter_, sent_); }

  void awaited_from(std::source_location here) noexcept { waiter_.called_at = here; }
  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> h) {
    waiter_.frame = h;
    waiter_.asker = &h.promise();
    if (!target_.process) return false;
    if (target_.process == identity_of(*h.promise().self)) {
      target_.unreachable = exit_reason(atom("calling_self"));
      if (target_.shown == term()) target_.shown = term(target_.process);
      target_.process = pid{};
      return false;
    }
    sent_ = true;
    return !begin_call(*h.promise().self, target_.process, waiter_);
  }

  std::conditional_t<Value, answer<result>, result> await_resume() {
    if (waiter_.returned && waiter_.node->progress == request_progress::answered) {
      auto* node = static_cast<request_node<M>*>(std::exchange(waiter_.node, nullptr));
      disposer end(node);
      auto& value = node->answer;
      if constexpr (Value && std::is_void_v<result>)
        return answer<result>(std::in_place, true);
      else if constexpr (Value)
        return answer<result>(std::in_place, std::move(value));
      else if constexpr (!std::is_void_v<result>)
        return result(std::move(value));
      else
        return;
    } else {
      exit_reason why = failure();
      if constexpr (Value)
        return answer<result>(std::move(why));
      else
        throw exited(std::move(why));
    }
  }

 private:
  exit_reason failure() {
    if (!sent_)
      return call_failed(target_.unreachable, target_, question_.shown(waiter_.node), limit_);
    if (!waiter_.returned) return call_gave_up(waiter_, target_, question_.shown(nullptr), limit_);
    return call_failed(waiter_.node->failure, target_, question_.shown(waiter_.node), limit_);
  }

  call_waiter waiter_;
  call_target target_;
  duration limit_;
  kept_question<M> question_;
  bool sent_ = false;
};

// Stands for the value of a wrong use that the compiler has already complained of.
template <class R>
struct wrong_use {
  using beamish_awaitable = void;
  bool await_ready() const noexcept;
  void await_suspend(std::coroutine_handle<>) const noexcept;
  R await_resume() const;
};

template <class M, bool Value, class... Args>
auto make_call(within limit, const destination& to, Args&&... args) {
  check_co_await_arguments<Args&&...>();
  constexpr bool makes_one = makes_message<M, Args&&...>;
  static_assert(makes_one,
                "these arguments don't make this message: give its fields, in their order");
  if constexpr (makes_one)
    return call_awaitable<M, Value>(resolve_for_call(to, has_codec<M>), limit,
                                    make_request<M>(std::forward<Args>(args)...));
  else
    return wrong_use<std::conditional_t<Value, answer<reply_t<M>>, reply_t<M>>>();
}

}  // namespace detail

template <class M, class... Args>
auto call(const destination& to, Args&&... args) {
  return detail::make_call<M, false>(within(default_call_timeout), to, std::forward<Args>(args)...);
}
template <class M, class... Args>
auto call(within limit, const destination& to, Args&&... args) {
  return detail::make_call<M, false>(limit, to, std::forward<Args>(args)...);
}
template <class M, class... Args>
auto try_call(const destination& to, Args&&... args) {
  return detail::make_call<M, true>(within(default_call_timeout), to, std::forward<Args>(args)...);
}
template <class M, class... Args>
auto try_call(within limit, const destination& to, Args&&... args) {
  return detail::make_call<M, true>(limit, to, std::forward<Args>(args)...);
}

// Always succeeds, also if there is no such process; unless the server's mailbox is bounded.
template <class M, class... Args>
detail::send_token_for<Args&&...> cast(const destination& to, Args&&... args) {
  constexpr bool makes_one = detail::makes_message<M, Args&&...>;
  static_assert(makes_one,
                "these arguments don't make this message: give its fields, in their order");
  if constexpr (makes_one)
    return detail::send_token_for<Args&&...>(detail::send_cast(
        to, detail::make_node<M>(detail::cast_type<M>, std::forward<Args>(args)...), has_codec<M>));
  else
    return detail::send_token_for<Args&&...>();
}

}  // namespace beamish::inline v0
