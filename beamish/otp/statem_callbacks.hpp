// SPDX-License-Identifier: Apache-2.0
//
// From an event to the user's clause: the part of a gen_statem that depends on its type.
//
// A clause is found by the kind of the event, the state that the machine is in, and the message;
// where a state has none of its own, the one without a state serves. Everything here is thin: find
// the clause, call it, hand what it returned to the statem_core. What clauses may take and return
// is checked in statem_checks.hpp.
// tested in: gen_statem_test.cpp
#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "beamish/otp/statem_clauses.hpp"
#include "beamish/otp/statem_core.hpp"

namespace beamish::inline v0::detail {

// The state of a machine, in its box.
template <is_statem S>
struct server_extra<S> {
  statem_core core;
  std::optional<typename S::states> state, previous;
};

template <class S>
server_extra<S>& machine_in(server_box& box) noexcept {
  return static_cast<server_object<S>&>(box).extra;
}

template <class S>
S& server_of(server_box& box) noexcept {
  return static_cast<server_object<S>&>(box).server;
}

// Not a change: the same type, and equal. What can't be compared differs, unless it is empty.
template <class States>
bool same_state(const States& a, const States& b) {
  if (a.index() != b.index()) return false;
  return std::visit(
      [&b](const auto& state) {
        using State = std::remove_cvref_t<decltype(state)>;
        if constexpr (std::is_empty_v<State>)
          return true;
        else if constexpr (requires {
                             { state == state } -> std::convertible_to<bool>;
                           })
          return state == *std::get_if<State>(&b);
        else
          return false;
      },
      a);
}

template <class S>
struct apply_enter {
  void operator()(server_box& box) const { machine_in<S>(box).core.go_on(box); }
  template <class R>
  void operator()(server_box& box, R&& result) const {
    basic_enter_result<S> r(std::forward<R>(result));
    if (r.step.stop_reason) return box.begin_stop(std::move(*r.step.stop_reason));
    machine_in<S>(box).core.act(r.step);
    (*this)(box);
  }
};

// Tells the machine that it has entered its state, coming from `old`.
template <class S>
void enter_state(server_box& box, const typename S::states& old) {
  if constexpr (!any_enter<S>(states_of<S>()))
    return apply_enter<S>{}(box);
  else
    std::visit(
        [&box, &server = server_of<S>(box)](auto& state, const auto& before) {
          using State = std::remove_cvref_t<decltype(state)>;
          using Old = std::remove_cvref_t<decltype(before)>;
          if constexpr (enters_from<S, State, Old>)
            settle(box, [&] { return server.enter(state, before); }, apply_enter<S>{});
          else if constexpr (enters<S, State>)
            settle(box, [&] { return server.enter(state); }, apply_enter<S>{});
          else
            apply_enter<S>{}(box);
        },
        *machine_in<S>(box).state, old);
}

template <class S>
void apply_transition(server_box& box, basic_transition<S>&& t) {
  if (t.step.stop_reason) return box.begin_stop(std::move(*t.step.stop_reason));
  server_extra<S>& machine = machine_in<S>(box);
  machine.core.postpone(box, t.step);
  const bool changes = t.next && !same_state(*t.next, *machine.state);
  if (t.next) {
    machine.previous.swap(machine.state);
    machine.state = std::move(t.next);
  }
  if (changes) machine.core.state_changed();
  machine.core.act(t.step);
  if (changes)
    enter_state<S>(box, *machine.previous);
  else if (t.step.repeats)
    enter_state<S>(box, *machine.state);
  else
    machine.core.go_on(box);
}

// Of a clause that answers nothing.
template <class S>
struct apply_event {
  void operator()(server_box& box) const { machine_in<S>(box).core.go_on(box); }
  template <class R>
  void operator()(server_box& box, R&& result) const {
    if constexpr (std::is_constructible_v<basic_transition<S>, R&&>)
      apply_transition<S>(box, basic_transition<S>(std::forward<R>(result)));
  }
};

template <class R>
inline constexpr bool is_transition = std::is_base_of_v<transition_base, std::remove_cvref_t<R>>;

template <class S, class M>
struct apply_state_answer : apply_event<S> {
  using apply_event<S>::operator();
  void operator()(server_box& box) const {
    if constexpr (std::is_void_v<reply_t<M>>) box.answer<M>(no_value{});
    apply_event<S>::operator()(box);
  }
  template <class R>
  void operator()(server_box& box, R&& result) const {
    using result_type = basic_statem_call_result<S, M>;
    if constexpr (is_transition<R>) {
      apply_event<S>::operator()(box, std::forward<R>(result));
    } else if constexpr (std::is_same_v<std::remove_cvref_t<R>, result_type>) {
      if (result.value) box.answer<M>(std::move(*result.value));
      apply_transition<S>(box, std::move(result.then));
    } else if constexpr (std::is_constructible_v<result_type, R&&>) {
      (*this)(box, result_type(std::forward<R>(result)));
    }
  }
};

template <class S, class M>
void run_state_call(server_box& box, S& server, signal& s) {
  auto* node = static_cast<request_node<M>*>(static_cast<request_base*>(&s));
  M& question = node->question;
  std::visit(
      [&](auto& state) {
        using State = std::remove_cvref_t<decltype(state)>;
        // A `from` means that from now on the obligation is the callback's.
        if constexpr (own_answers_later<S, State, M>) {
          box.current = nullptr;
          settle(
              box, [&] { return server.handle_call(state, question, from<M>(node)); },
              apply_event<S>{});
        } else if constexpr (own_answers<S, State, M>) {
          settle(
              box, [&] { return server.handle_call(state, question); }, apply_state_answer<S, M>{});
        } else if constexpr (answers_later<S, M>) {
          box.current = nullptr;
          settle(
              box, [&] { return server.handle_call(question, from<M>(node)); }, apply_event<S>{});
        } else if constexpr (answers_plainly<S, M>) {
          settle(box, [&] { return server.handle_call(question); }, apply_state_answer<S, M>{});
        }
      },
      *machine_in<S>(box).state);
}

template <class S, class M>
void run_state_cast(server_box& box, S& server, M& m) {
  std::visit(
      [&](auto& state) {
        if constexpr (own_cast<S, std::remove_cvref_t<decltype(state)>, M>)
          settle(box, [&] { return server.handle_cast(state, m); }, apply_event<S>{});
        else if constexpr (common_cast<S, M>)
          settle(box, [&] { return server.handle_cast(m); }, apply_event<S>{});
      },
      *machine_in<S>(box).state);
}

// False if the state has no clause for it.
template <class S, class M>
bool run_state_info(server_box& box, S& server, M& m) {
  return std::visit(
      [&](auto& state) {
        if constexpr (own_info<S, std::remove_cvref_t<decltype(state)>, M>) {
          settle(box, [&] { return server.handle_info(state, m); }, apply_event<S>{});
          return true;
        } else if constexpr (common_info<S, M>) {
          settle(box, [&] { return server.handle_info(m); }, apply_event<S>{});
          return true;
        } else {
          return false;
        }
      },
      *machine_in<S>(box).state);
}

template <class S, class M>
bool try_state_clause(server_box& box, S& server, signal& s) {
  if (!same_message(s.type->message, &message_type_of<M>)) return false;
  switch (s.type->kind) {
    case signal_kind::call:
      if constexpr (has_call_clause<S, M>) return run_state_call<S, M>(box, server, s), true;
      break;
    case signal_kind::cast:
      if constexpr (has_cast_clause<S, M>)
        return run_state_cast<S, M>(box, server, payload_of<M>(s)), true;
      break;
    default:
      if constexpr (has_info_clause<S, M>)
        return run_state_info<S, M>(box, server, payload_of<M>(s));
  }
  return false;
}

// A reply to a request that the machine has sent.
template <class S>
bool run_state_response(server_box& box, S& server) {
  if constexpr (has_info_clause<S, response>) {
    auto arrived =
        std::make_shared<response>(static_cast<request_base*>(std::exchange(box.current, nullptr)));
    return std::visit(
        [&](auto& state) {
          struct after : apply_event<S> {
            std::shared_ptr<response> kept;  // for a clause that is a coroutine
          };
          const after then{{}, arrived};
          response& r = *arrived;
          if constexpr (own_info<S, std::remove_cvref_t<decltype(state)>, response>)
            settle(box, [&] { return server.handle_info(state, r); }, then);
          else if constexpr (common_info<S, response>)
            settle(box, [&] { return server.handle_info(r); }, then);
          return true;
        },
        *machine_in<S>(box).state);
  }
  return false;
}

template <class S, class... Ms>
bool dispatch_event(server_box& box, S& server, signal& s, accepts<Ms...>) {
  if (s.type->kind == signal_kind::reply) return run_state_response<S>(box, server);
  return (try_state_clause<S, Ms>(box, server, s) || ...) ||
         try_state_clause<S, exit_message>(box, server, s) ||
         try_state_clause<S, down_message>(box, server, s);
}

template <class S>
bool run_message(server_box& box, signal& s) {
  machine_in<S>(box).core.begin_event(&run_again<S>);
  return dispatch_event<S>(box, server_of<S>(box), s, typename messages_of<S>::type{});
}

// One that was postponed or inserted. Its clause is there: what has none is not postponed.
template <class S>
void run_again(server_box& box, signal& s) {
  if (!run_message<S>(box, s)) refuse_event(short_type_name<S>(), s);
}

template <class S, class X>
void run_internal(server_box& box, signal& s) {
  S& server = server_of<S>(box);
  // What asks for such an event has complained.
  if constexpr (any_state_internal<S, X>(states_of<S>())) {
    machine_in<S>(box).core.begin_event(&run_internal<S, X>);
    X& event = payload_of<X>(s);
    std::visit(
        [&](auto& state) {
          using State = std::remove_cvref_t<decltype(state)>;
          if constexpr (own_internal<S, State, X>)
            settle(box, [&] { return server.handle_internal(state, event); }, apply_event<S>{});
          else if constexpr (common_internal<S, X>)
            settle(box, [&] { return server.handle_internal(event); }, apply_event<S>{});
          else
            refuse_event(short_type_name<State>(), s);
        },
        *machine_in<S>(box).state);
  }
}

template <class S, class X>
void run_timeout(server_box& box, signal& s) {
  S& server = server_of<S>(box);
  // What asks for such an event has complained.
  if constexpr (any_state_timeout<S, X>(states_of<S>())) {
    machine_in<S>(box).core.begin_event(&run_timeout<S, X>);
    X& event = payload_of<X>(s);
    std::visit(
        [&](auto& state) {
          using State = std::remove_cvref_t<decltype(state)>;
          if constexpr (own_timeout<S, State, X>)
            settle(box, [&] { return server.handle_timeout(state, event); }, apply_event<S>{});
          else if constexpr (common_timeout<S, X>)
            settle(box, [&] { return server.handle_timeout(event); }, apply_event<S>{});
          else
            refuse_event(short_type_name<State>(), s);
        },
        *machine_in<S>(box).state);
  }
}

}  // namespace beamish::inline v0::detail
