// SPDX-License-Identifier: Apache-2.0
//
// Which clauses a state machine has: for a message in a state of its own, or in all states.
//
//     state_casts<door, door::open, door::digit>      // has_cast_clause<door, door::digit>: in any
// tested in: gen_statem_test.cpp
#pragma once

#include <utility>
#include <variant>

#include "beamish/otp/server_callbacks.hpp"
#include "beamish/otp/transition.hpp"

namespace beamish::inline v0::detail {

// The clauses for a message in one state: of its own, or of all states.
template <class S, class State, class M>
inline constexpr bool own_answers_later =
    requires(S& s, State& st, M& m, from<M> f) { s.handle_call(st, m, std::move(f)); };
template <class S, class State, class M>
inline constexpr bool own_answers = requires(S& s, State& st, M& m) { s.handle_call(st, m); };
template <class S, class State, class M>
inline constexpr bool own_cast = requires(S& s, State& st, M& m) { s.handle_cast(st, m); };
template <class S, class State, class M>
inline constexpr bool own_info = requires(S& s, State& st, M& m) { s.handle_info(st, m); };
template <class S, class State, class X>
inline constexpr bool own_internal = requires(S& s, State& st, X& x) { s.handle_internal(st, x); };
template <class S, class State, class X>
inline constexpr bool own_timeout = requires(S& s, State& st, X& x) { s.handle_timeout(st, x); };
template <class S, class X>
inline constexpr bool common_cast = requires(S& s, X& x) { s.handle_cast(x); };
template <class S, class X>
inline constexpr bool common_info = requires(S& s, X& x) { s.handle_info(x); };
template <class S, class X>
inline constexpr bool common_internal = requires(S& s, X& x) { s.handle_internal(x); };
template <class S, class X>
inline constexpr bool common_timeout = requires(S& s, X& x) { s.handle_timeout(x); };

template <class S, class State, class M>
inline constexpr bool state_answers = own_answers_later<S, State, M> || own_answers<S, State, M> ||
                                      answers_later<S, M> || answers_plainly<S, M>;
template <class S, class State, class M>
inline constexpr bool state_casts = own_cast<S, State, M> || common_cast<S, M>;
template <class S, class State, class M>
inline constexpr bool state_infos = own_info<S, State, M> || common_info<S, M>;

template <class S, class M, class... States>
constexpr bool any_state_answers(std::variant<States...>*) {
  return (state_answers<S, States, M> || ...);
}
template <class S, class M, class... States>
constexpr bool any_state_casts(std::variant<States...>*) {
  return (state_casts<S, States, M> || ...);
}
template <class S, class M, class... States>
constexpr bool any_state_infos(std::variant<States...>*) {
  return (state_infos<S, States, M> || ...);
}
template <class S, class X, class... States>
constexpr bool any_state_internal(std::variant<States...>*) {
  return common_internal<S, X> || (own_internal<S, States, X> || ...);
}
template <class S, class X, class... States>
constexpr bool any_state_timeout(std::variant<States...>*) {
  return common_timeout<S, X> || (own_timeout<S, States, X> || ...);
}
template <class S>
constexpr typename S::states* states_of() {
  return nullptr;
}

// What references, requests and the engine of servers ask.
template <is_statem S, class M>
inline constexpr bool has_call_clause<S, M> = any_state_answers<S, M>(states_of<S>());
template <is_statem S, class M>
inline constexpr bool has_cast_clause<S, M> = any_state_casts<S, M>(states_of<S>());
template <is_statem S, class M>
inline constexpr bool has_info_clause<S, M> = any_state_infos<S, M>(states_of<S>());

template <class S, class State, class Old>
inline constexpr bool enters_from = requires(S& s, State& st, const Old& old) { s.enter(st, old); };
template <class S, class State>
inline constexpr bool enters = requires(S& s, State& st) { s.enter(st); };

template <class S, class State, class... States>
constexpr bool enters_from_any(std::variant<States...>*) {
  return enters<S, State> || (enters_from<S, State, States> || ...);
}
template <class S, class... States>
constexpr bool any_enter(std::variant<States...>*) {
  return (enters_from_any<S, States>(states_of<S>()) || ...);
}

// Asked where an event is ordered, so that the complaint names the program's line.
template <class S, class X>
constexpr void check_internal() {
  constexpr bool has_one = any_state_internal<S, X>(states_of<S>());
  static_assert(has_one,
                ".next_event(x) needs a clause for the type of x: a public handle_internal(state&, "
                "x&), or handle_internal(x&) for all states");
}
template <class S, class X>
constexpr void check_timeout() {
  constexpr bool has_one = any_state_timeout<S, X>(states_of<S>());
  static_assert(has_one,
                "a timeout needs a clause for its event: a public handle_timeout(state&, event&), "
                "or handle_timeout(event&) for all states");
}

}  // namespace beamish::inline v0::detail
