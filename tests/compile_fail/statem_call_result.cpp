// SPDX-License-Identifier: Apache-2.0
//
// A clause of a state machine answers with what is no reply of its message.
//
// expect: handle_call must return the message's `reply`, a transition, or
#include "beamish/otp/gen_statem.hpp"

struct ask {
  using reply = int;
};
struct right : beamish::gen_statem<right> {
  struct only {};
  using states = std::variant<only>;
  using messages = beamish::accepts<ask>;
  call_result<ask> handle_call(only&, ask&) { return keep_state().reply(1); }
};
struct wrong : beamish::gen_statem<wrong> {
  struct only {};
  using states = std::variant<only>;
  using messages = beamish::accepts<ask>;
  const char* handle_call(only&, ask&) { return "one"; }
};

beamish::task<> body() {
  auto a = co_await beamish::start<right>();
  (void)a;
  // wrong:
  auto b = co_await beamish::start<wrong>();
  (void)b;
  // end
}
