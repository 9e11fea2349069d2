// SPDX-License-Identifier: Apache-2.0
//
// The static side of a state machine's type: what the engine of servers calls instead.
//
//     server_type_of<door>     // as for any server: start, child_spec and the rest ask for it
// tested in: gen_statem_test.cpp
#pragma once

#include <utility>

#include "beamish/otp/server_type.hpp"
#include "beamish/otp/statem_callbacks.hpp"
#include "beamish/otp/statem_checks.hpp"

namespace beamish::inline v0::detail {

template <is_statem S>
struct apply_init_result<S> {
  using states = typename S::states;

  void operator()(server_box& box) const {
    if constexpr (std::is_default_constructible_v<states>) begin(box, states());
  }
  template <class R>
  void operator()(server_box& box, R&& result) const {
    if constexpr (std::is_same_v<std::remove_cvref_t<R>, basic_statem_init<S>>) {
      if (result.what != init_kind::ok)
        return box.apply_init(result.what, std::move(result.reason), next_step());
      machine_in<S>(box).core.act(result.step);
      begin(box, std::move(*result.first));
    }
  }

 private:
  // As in OTP the starter goes on before the first state is entered.
  static void begin(server_box& box, states first) {
    auto& state = machine_in<S>(box).state;
    state.emplace(std::move(first));
    box.apply_init(init_kind::ok, exit_reason(), next_step());
    enter_state<S>(box, *state);
  }
};

template <class S>
bool dispatch_statem(server_box& box, signal& s) {
  if (!same_message(s.type->message, &message_type_of<statem_timer_message>))
    return run_message<S>(box, s);
  continuation::run_function run = nullptr;
  if (machine_in<S>(box).core.take_timeout(box, payload_of<statem_timer_message>(s), run))
    run(box, *box.current);
  return true;
}

template <class S>
void terminate_statem(server_box& box, const exit_reason& reason) {
  auto& machine = machine_in<S>(box);
  if constexpr (ends_in_any<S>(states_of<S>())) {
    if (machine.state) {
      const bool done = std::visit(
          [&](auto& state) {
            if constexpr (ends_in<S, std::remove_cvref_t<decltype(state)>>) {
              auto kept = std::make_shared<const exit_reason>(reason);
              settle(
                  box, [&] { return server_in<S>(box).terminate(state, *kept); },
                  ignore_result_of_end(kept));
              return true;
            } else {
              return false;
            }
          },
          *machine.state);
      if (done) return;
    }
  }
  if constexpr (terminates_with_reason<S> || terminates_plainly<S>)
    terminate_server<S>(box, reason);
}

template <class State>
term state_term(const State& state) {
  if constexpr (has_term<State>)
    return to_message_term(state);
  else
    return opaque(short_type_name<State>());
}

// {state, data}, as OTP shows it.
template <class S>
void format_statem(server_box& box, server_status& status) {
  const auto& state = machine_in<S>(box).state;
  const term shown =
      state ? std::visit([](const auto& s) { return state_term(s); }, *state) : term();
  format_server<S>(box, status);
  status.state = tuple(shown, std::move(status.state));
}

template <class S>
bool no_timeout_message(server_box&) {
  return false;
}

template <class S>
constexpr server_type make_statem_type() {
  server_type t = make_basic_server_type<S>();
  t.dispatch = &dispatch_statem<S>;
  t.handle_timeout = &no_timeout_message<S>;
  if constexpr (ends_in_any<S>(states_of<S>()) || terminates_with_reason<S> ||
                terminates_plainly<S>)
    t.terminate = &terminate_statem<S>;
  t.format = &format_statem<S>;
  return t;
}
template <is_statem S>
inline constexpr server_type server_type_of<S> = make_statem_type<S>();

}  // namespace beamish::inline v0::detail
