// SPDX-License-Identifier: Apache-2.0
//
// A server lists a message that it has no clause for.
//
// expect: a message in `messages` has no clause: add handle_call, handle_cast or handle_info for it
#include "beamish/otp/gen_server.hpp"

struct library : beamish::gen_server<library> {
  struct add {};
  using messages = beamish::accepts<add>;
  // wrong:
#define NO_CLAUSE
  // end
#ifndef NO_CLAUSE
  void handle_cast(add&) {}
#endif
};

beamish::task<> body() {
  auto lib = co_await beamish::start<library>();
  (void)lib;
}
