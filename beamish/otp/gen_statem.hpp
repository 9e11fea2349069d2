// SPDX-License-Identifier: Apache-2.0
//
// gen_statem: a server whose clauses depend on the state that it is in, as OTP's gen_statem.
//
// ```cpp
// struct door : gen_statem<door> {
//   struct locked { std::string entered; };
//   struct open {};
//   using states = std::variant<locked, open>;
//
//   struct digit { char key; };
//   struct walk_through { using reply = std::string; };
//   using messages = accepts<digit, walk_through>;
//
//   static constexpr auto long_enough = std::chrono::seconds(10);
//   std::string code;
//
//   transition handle_cast(locked& door, digit& d) {
//     door.entered += d.key;
//     if (door.entered == code) return next_state(open{}).state_timeout(long_enough);
//     return keep_state();
//   }
//   void handle_cast(open&, digit&) {}
//   transition handle_timeout(open&, state_timeout_message&) { return next_state(locked{}); }
//   transition handle_call(locked&, walk_through&) { return keep_state().postpone(); }
//   std::string handle_call(open&, walk_through&) { return "welcome"; }
// };
//
// auto d = co_await start_link<door>({.name = "door"}, std::string("42"));
// auto visitor = send_request<door::walk_through>("door");      // waits until the door is open
// d.cast<door::digit>('4');
// d.cast<door::digit>('2');
// auto said = co_await receive_response(visitor);
// *said;    //=> "welcome"
// auto shown = co_await sys::get_state("door");    //=> {:open, %Door{code: "42"}}
// ```
//
// A state is a type of `states`, and its members live as long as it does; what all states share is
// members of the machine. A clause takes the state and the message, or the message alone, and then
// serves all states that have no clause of their own:
//
//   init(args...)                    void: the first of `states`; or init_result: start_in(state),
//                                    stop_init(reason), ignore()
//   handle_call(state&, M&)          the reply; a transition, which may .postpone(); or
//                                    call_result<M>: a transition with .reply(v)
//   handle_call(state&, M&, from<M>) void or a transition: the reply comes later
//   handle_cast(state&, M&)          void or a transition; so are all that follow
//   handle_info(state&, M&)          messages sent by send(), exits, monitors
//   handle_internal(state&, X&)      .next_event(x) of an earlier clause
//   handle_timeout(state&, X&)       .state_timeout(d, x), .event_timeout(d, x), .timeout(n, d, x)
//   enter(state&), enter(state&, const old&)    void or enter_result, when the state is entered
//   terminate, code_change, format_status       those of gen_server; terminate may take (state&,
//                                    const exit_reason&)
//
// What clauses return is in transition.hpp. All may be coroutines. Every way to start, name, call,
// supervise and stop a server serves for a machine, too.
//
// Guarantees: a message that a state has no clause for is a compile error. Inserted events come
// before postponed ones, these before timeouts of zero, these before the mailbox. A change of state
// is another type, or another value by ==; a state with members and without == always changes. It
// cancels the state timeout, and postponed events come again in their order. An internal event or
// timeout without a clause in its state ends the machine: {function_clause, state, event}.
//
// Threads: as gen_server. Units: std::chrono durations. Errors: as gen_server. Mirrors gen_statem
// with handle_event_function and state_enter. When not to use it: if no clause depends on the state
// (gen_server); `if` is shorter than two states that differ in one clause.
#pragma once

#include <variant>

#include "beamish/otp/gen_server.hpp"
// Each on its own: what the compiler then says of a wrong use begins with no long way of includes.
#include "beamish/otp/statem_checks.hpp"
#include "beamish/otp/statem_clauses.hpp"
#include "beamish/otp/statem_type.hpp"
#include "beamish/otp/transition.hpp"

namespace beamish::inline v0 {

// The base of every state machine; it supplies names, no data and no virtual function.
template <class Machine>
struct gen_statem : detail::statem_base, detail::statem_results<Machine> {
  friend bool operator==(const gen_statem&, const gen_statem&) = default;
};

}  // namespace beamish::inline v0
