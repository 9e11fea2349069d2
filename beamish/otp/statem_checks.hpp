// SPDX-License-Identifier: Apache-2.0
//
// Whether the clauses of a state machine take and return what they may, and whether every state has
// one for every message: asked where a machine is started, as in server_checks.hpp.
//
//     first_gap<door, door::messages>::type     // unhandled<state, message>, or void
// tested in: gen_statem_test.cpp
#pragma once

#include <type_traits>
#include <utility>
#include <variant>

#include "beamish/otp/start.hpp"
#include "beamish/otp/statem_clauses.hpp"

namespace beamish::inline v0::detail {

template <class S, class R>
inline constexpr bool event_result_fits =
    std::is_void_v<awaited_t<R>> || std::is_constructible_v<basic_transition<S>, awaited_t<R>>;

// A message that comes in some way in one state must have a clause for it in all.
template <class State, class M>
struct unhandled {};

template <class S, class State, class M>
inline constexpr bool state_handles = (!has_call_clause<S, M> || state_answers<S, State, M>) &&
                                      (!has_cast_clause<S, M> || state_casts<S, State, M>) &&
                                      (!has_info_clause<S, M> || state_infos<S, State, M>);

template <class S, class M, class States>
struct gap_of {
  using type = void;
};
template <class S, class M, class State, class... States>
struct gap_of<S, M, std::variant<State, States...>>
    : std::conditional_t<state_handles<S, State, M>, gap_of<S, M, std::variant<States...>>,
                         std::type_identity<unhandled<State, M>>> {};

template <class S, class Messages>
struct first_gap {
  using type = void;
};
template <class S, class M, class... Ms>
struct first_gap<S, accepts<M, Ms...>>
    : std::conditional_t<none<typename gap_of<S, M, typename S::states>::type>,
                         first_gap<S, accepts<Ms...>>, gap_of<S, M, typename S::states>> {};

template <class S, class State, class M>
constexpr bool own_call_fits() {
  if constexpr (own_answers_later<S, State, M>) {
    return event_result_fits<S, decltype(std::declval<S&>().handle_call(std::declval<State&>(),
                                                                        std::declval<M&>(),
                                                                        std::declval<from<M>>()))>;
  } else if constexpr (own_answers<S, State, M>) {
    using R = awaited_t<decltype(std::declval<S&>().handle_call(std::declval<State&>(),
                                                                std::declval<M&>()))>;
    if constexpr (std::is_void_v<R>)
      return std::is_void_v<reply_t<M>>;
    else
      return std::is_constructible_v<basic_statem_call_result<S, M>, R&&>;
  }
  return true;
}
template <class S, class M>
constexpr bool common_call_fits() {
  if constexpr (answers_later<S, M>) {
    return event_result_fits<S, decltype(std::declval<S&>().handle_call(std::declval<M&>(),
                                                                        std::declval<from<M>>()))>;
  } else if constexpr (answers_plainly<S, M>) {
    using R = awaited_t<decltype(std::declval<S&>().handle_call(std::declval<M&>()))>;
    if constexpr (std::is_void_v<R>)
      return std::is_void_v<reply_t<M>>;
    else
      return std::is_constructible_v<basic_statem_call_result<S, M>, R&&>;
  }
  return true;
}
template <class S, class State, class M>
constexpr bool own_cast_fits() {
  if constexpr (own_cast<S, State, M>)
    return event_result_fits<S, decltype(std::declval<S&>().handle_cast(std::declval<State&>(),
                                                                        std::declval<M&>()))>;
  return true;
}
template <class S, class State, class M>
constexpr bool own_info_fits() {
  if constexpr (own_info<S, State, M>)
    return event_result_fits<S, decltype(std::declval<S&>().handle_info(std::declval<State&>(),
                                                                        std::declval<M&>()))>;
  return true;
}
template <class S, class M>
constexpr bool common_cast_fits() {
  if constexpr (common_cast<S, M>)
    return event_result_fits<S, decltype(std::declval<S&>().handle_cast(std::declval<M&>()))>;
  return true;
}
template <class S, class M>
constexpr bool common_info_fits() {
  if constexpr (common_info<S, M>)
    return event_result_fits<S, decltype(std::declval<S&>().handle_info(std::declval<M&>()))>;
  return true;
}

template <class S, class M, class... States>
constexpr bool all_calls_fit(std::variant<States...>*) {
  return common_call_fits<S, M>() && (own_call_fits<S, States, M>() && ...);
}
template <class S, class M, class... States>
constexpr bool all_casts_fit(std::variant<States...>*) {
  return common_cast_fits<S, M>() && (own_cast_fits<S, States, M>() && ...);
}
template <class S, class M, class... States>
constexpr bool all_infos_fit(std::variant<States...>*) {
  return common_info_fits<S, M>() && (own_info_fits<S, States, M>() && ...);
}
template <class S, class M>
struct state_call_fits : std::bool_constant<all_calls_fit<S, M>(states_of<S>())> {};
template <class S, class M>
struct state_cast_fits : std::bool_constant<all_casts_fit<S, M>(states_of<S>())> {};
template <class S, class M>
struct state_info_fits : std::bool_constant<all_infos_fit<S, M>(states_of<S>())> {};

template <class S, class State, class Old>
constexpr bool enter_result_fits() {
  using result = basic_enter_result<S>;
  if constexpr (enters_from<S, State, Old>) {
    using R = awaited_t<decltype(std::declval<S&>().enter(std::declval<State&>(),
                                                          std::declval<const Old&>()))>;
    return std::is_void_v<R> || std::is_constructible_v<result, R>;
  } else if constexpr (enters<S, State>) {
    using R = awaited_t<decltype(std::declval<S&>().enter(std::declval<State&>()))>;
    return std::is_void_v<R> || std::is_constructible_v<result, R>;
  }
  return true;
}
template <class S, class State, class... States>
constexpr bool enter_fits_from_all(std::variant<States...>*) {
  return (enter_result_fits<S, State, States>() && ...);
}
template <class S, class... States>
constexpr bool all_enters_fit(std::variant<States...>*) {
  return (enter_fits_from_all<S, States>(states_of<S>()) && ...);
}
struct enter_name {
  void enter();
};
template <class S>
constexpr bool enter_is_called() {
  if constexpr (any_enter<S>(states_of<S>()))
    return true;
  else if constexpr (std::is_final_v<S>)
    return !requires { &S::enter; };
  else
    return requires { &name_probe<S, enter_name>::enter; };
}

template <class S, class State>
inline constexpr bool ends_in =
    requires(S& s, State& st, const exit_reason& why) { s.terminate(st, why); };
template <class S, class... States>
constexpr bool ends_in_any(std::variant<States...>*) {
  return (ends_in<S, States> || ...);
}
template <class S>
constexpr bool state_terminate_fits() {
  return ends_in_any<S>(states_of<S>()) || terminate_fits<S>();
}

template <class S>
constexpr bool has_states() {
  if constexpr (requires { states_of<S>(); })
    return requires { std::variant_size<typename S::states>::value; };
  return false;
}
template <class S, class... Args>
constexpr bool knows_first_state() {
  if constexpr (init_takes<S, Args...>) {
    using R = decltype(std::declval<S&>().init(std::declval<Args>()...));
    if constexpr (!std::is_void_v<awaited_t<R>>) return true;
  }
  return std::is_default_constructible_v<std::variant_alternative_t<0, typename S::states>>;
}

template <class S, class... Args>
inline constexpr bool statem_fits =
    none<first_misfit<state_call_fits, S>> && none<first_misfit<state_cast_fits, S>> &&
    none<first_misfit<state_info_fits, S>> &&
    none<first_misfit<state_info_fits, S, runtime_messages<S>>> && enter_is_called<S>() &&
    state_terminate_fits<S>() && format_status_fits<S>() && code_change_fits<S>() &&
    init_result_fits<S, Args...>() && way_to_init<S, Args...>() != init_way::none;

// Complains of what a start of this machine with these arguments can't do; false if it has.
template <is_statem S, class... Args>
constexpr bool check_server() {
  constexpr bool has_them = has_states<S>();
  static_assert(has_them,
                "a state machine needs its states: using states = std::variant<first, others...>");
  if constexpr (has_them) {
    constexpr bool all_heard = none<first_misfit<clause_exists, S>>;
    static_assert(all_heard,
                  "a message in `messages` has no clause: add handle_call, handle_cast or "
                  "handle_info for it, and make it public");
    using gap = std::conditional_t<all_heard, first_gap<S, typename messages_of<S>::type>,
                                   std::type_identity<void>>::type;
    static_assert(none<gap>,
                  "a state has no clause for a message: add one that takes (state&, message&), or "
                  "one without the state, for all states");
    static_assert(none<first_misfit<state_call_fits, S>>,
                  "handle_call must return the message's `reply`, a transition, or "
                  "call_result<message>, or take a from<message> to answer later");
    static_assert(none<first_misfit<state_cast_fits, S>>,
                  "handle_cast must return void or a transition");
    static_assert(none<first_misfit<state_info_fits, S>> &&
                      none<first_misfit<state_info_fits, S, runtime_messages<S>>>,
                  "handle_info must return void or a transition");
    constexpr bool enters = all_enters_fit<S>(states_of<S>());
    static_assert(enters,
                  "enter must return void or enter_result: keep_state() or stop(reason); it can't "
                  "change the state, postpone or insert events");
    static_assert(enter_is_called<S>(),
                  "enter must be public and take a (state&), or (state&, const old_state&)");
    static_assert(state_terminate_fits<S>(),
                  "terminate must be public and take (const exit_reason&), or (state&, const "
                  "exit_reason&), or nothing");
    static_assert(format_status_fits<S>(),
                  "format_status must be public, take nothing and return a term");
    static_assert(code_change_fits<S>(),
                  "code_change must be public, take (const term& old, const term& extra) and "
                  "return a bool");
    constexpr bool takes_arguments = way_to_init<S, Args...>() != init_way::none;
    static_assert(takes_arguments,
                  "init can't be called with these arguments; without an init they must be the "
                  "members of the machine: see the machine's init");
    static_assert(
        init_result_fits<S, Args...>(),
        "init must return void or init_result: start_in(state), stop_init(reason) or ignore()");
    constexpr bool begins = knows_first_state<S, Args...>();
    static_assert(begins,
                  "the first state can't be made of nothing: init must say start_in(state)");
    return all_heard && none<gap> && enters && begins && statem_fits<S, Args...>;
  } else {
    return false;
  }
}

}  // namespace beamish::inline v0::detail
