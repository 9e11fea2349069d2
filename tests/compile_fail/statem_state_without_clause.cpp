// SPDX-License-Identifier: Apache-2.0
//
// A state of a machine has no clause for a message that others have.
//
// expect: a state has no clause for a message: add one that takes (state&, message&), or one
#include "beamish/otp/gen_statem.hpp"

struct door : beamish::gen_statem<door> {
  struct locked {};
  struct open {};
  using states = std::variant<locked, open>;
  struct push {};
  using messages = beamish::accepts<push>;
  transition handle_cast(locked&, push&) { return next_state(open{}); }
  // wrong:
#define NO_CLAUSE
  // end
#ifndef NO_CLAUSE
  void handle_cast(push&) {}
#endif
};

beamish::task<> body() {
  auto d = co_await beamish::start<door>();
  (void)d;
}
