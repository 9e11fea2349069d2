// SPDX-License-Identifier: Apache-2.0
//
// What the callbacks of a state machine return: OTP's state transitions and actions as types.
//
// ```cpp
// struct lamp : gen_statem<lamp> {
//   struct off {};
//   struct on {};
//   using states = std::variant<off, on>;
//   struct press {};
//   struct is_on { using reply = bool; };
//   using messages = accepts<press, is_on>;
//   static constexpr auto hour = std::chrono::hours(1);
//   transition handle_cast(off&, press&) { return next_state(on{}).state_timeout(hour); }
//   transition handle_cast(on&, press&) { return next_state(off{}); }
//   transition handle_timeout(on&, state_timeout_message&) { return next_state(off{}); }
//   bool handle_call(on&, is_on&) { return true; }
//   call_result<is_on> handle_call(off&, is_on&) { return keep_state().reply(false); }
// };
// auto l = co_await start<lamp>();
// l.cast<lamp::press>();
// auto lit = co_await l.call<lamp::is_on>();    //=> true
// ```
//
// next_state(s), keep_state(), repeat_state() (enter runs again) and stop(reason), followed by
//
//   .state_timeout(d, x)         handle_timeout(state&, x&) if the state lasts so long
//   .event_timeout(d, x)         the same if no event comes
//   .timeout(name, d, x)         the same whatever happens; names are terms, "a" is :a
//   .cancel_state_timeout(), .cancel_timeout(name)
//   .update_state_timeout(x), .update_timeout(name, x)    another x; at once if none runs
//   .hibernate()
//   .reply(from, v)              answers an earlier call, at once
//   .postpone()                  this event comes again after the next change of state
//   .next_event(x), .next_cast(m), .next_info(m)    before anything that waits
//   .reply(v)                    answers this call; the last in the row
//
// Without x a timeout is a state_timeout_message, a timeout_message or a named_timeout_message. A
// stop takes replies only, and enter can neither change the state nor postpone nor insert: what it
// can't return does not compile. A handler that has taken its `from` hands it back to be asked
// again: .postpone(from), .next_event(from).
//
// Units: std::chrono durations; zero comes before anything from the mailbox, infinity cancels.
// Errors: to postpone what is answered already is std::logic_error. Threads: values.
//
// Mirrors state_callback_result and action of gen_statem. When not to use it: in a clause that only
// stays in its state (void), or only answers (the reply itself).
// tested in: gen_statem_test.cpp
#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "beamish/otp/statem_actions.hpp"

namespace beamish::inline v0 {

namespace detail {

struct transition_base {};

template <class S>
class [[nodiscard]] basic_keep : public statem_transitions<S, basic_keep<S>>, transition_base {};

template <class S>
class [[nodiscard]] basic_stop : public statem_replies<S, basic_stop<S>>, transition_base {
 public:
  explicit basic_stop(exit_reason reason) { this->step.stop_reason = std::move(reason); }
};

template <class S>
class [[nodiscard]] basic_transition : public statem_transitions<S, basic_transition<S>>,
                                       transition_base {
 public:
  template <class State>
  explicit basic_transition(std::in_place_t, State&& s) : next(std::forward<State>(s)) {}
  basic_transition(basic_keep<S>&& k) { this->step = std::move(k.step); }
  basic_transition(basic_stop<S>&& s) { this->step = std::move(s.step); }
  std::optional<typename S::states> next;
};

// What enter may return.
template <class S>
class [[nodiscard]] basic_enter_result {
 public:
  basic_enter_result() = default;
  basic_enter_result(basic_keep<S>&& k) : step(std::move(k.step)) {}
  basic_enter_result(basic_stop<S>&& s) : step(std::move(s.step)) {}
  statem_step step;
};

// What handle_call returns when its branches differ.
template <class S, class M>
class [[nodiscard]] basic_statem_call_result {
 public:
  template <class R>
    requires std::is_constructible_v<stored_reply_t<M>, R&&>
  basic_statem_call_result(R&& v)
      : value(std::in_place, std::forward<R>(v)), then(basic_keep<S>()) {}
  template <class R>
  basic_statem_call_result(basic_statem_reply<S, R>&& r)
      : value(std::in_place, std::move(r.value)), then(std::move(r.then)) {}
  basic_statem_call_result(basic_transition<S>&& t) : then(std::move(t)) {}
  basic_statem_call_result(basic_keep<S>&& t) : then(std::move(t)) {}
  basic_statem_call_result(basic_stop<S>&& t) : then(std::move(t)) {}

  std::optional<stored_reply_t<M>> value;
  basic_transition<S> then;
};

template <class S>
class [[nodiscard]] basic_statem_init
    : public statem_insertions<S, basic_statem_init<S>, basic_statem_init<S>> {
 public:
  template <class State>
  explicit basic_statem_init(std::in_place_t, State&& s) : first(std::forward<State>(s)) {}
  explicit basic_statem_init(init_kind k) : what(k) {}
  explicit basic_statem_init(exit_reason r) : what(init_kind::stop), reason(std::move(r)) {}
  std::optional<typename S::states> first;
  init_kind what = init_kind::ok;
  exit_reason reason;
};

template <class V, class State>
inline constexpr bool is_alternative = false;
template <class... States, class State>
inline constexpr bool is_alternative<std::variant<States...>, State> =
    (std::is_same_v<States, State> || ...);

template <class S, class State>
constexpr bool check_state() {
  constexpr bool is_state = is_alternative<typename S::states, State>;
  static_assert(is_state, "this is no state of the machine: add its type to `states`");
  return is_state;
}

// The vocabulary of results, for gen_statem<Server>.
template <class Server>
struct statem_results {
  using transition = basic_transition<Server>;
  using enter_result = basic_enter_result<Server>;
  using init_result = basic_statem_init<Server>;
  template <class M>
  using call_result = basic_statem_call_result<Server, M>;

  template <class State>
  static transition next_state(State&& s) {
    if constexpr (check_state<Server, std::decay_t<State>>())
      return transition(std::in_place, std::forward<State>(s));
    else
      return transition(basic_keep<Server>());
  }
  static basic_keep<Server> keep_state() { return {}; }
  static transition repeat_state() {
    transition again{basic_keep<Server>()};
    again.step.repeats = true;
    return again;
  }
  static basic_stop<Server> stop(exit_reason reason) {
    return basic_stop<Server>(std::move(reason));
  }
  static basic_stop<Server> stop(term reason) {
    return basic_stop<Server>(exit_reason(std::move(reason)));
  }

  template <class State>
  static init_result start_in(State&& s) {
    if constexpr (check_state<Server, std::decay_t<State>>())
      return init_result(std::in_place, std::forward<State>(s));
    else
      return init_result(init_kind::ignore);
  }
  static init_result ignore() { return init_result(init_kind::ignore); }
  static init_result stop_init(exit_reason reason) { return init_result(std::move(reason)); }
  static init_result stop_init(term reason) { return init_result(exit_reason(std::move(reason))); }
};

}  // namespace detail
}  // namespace beamish::inline v0
