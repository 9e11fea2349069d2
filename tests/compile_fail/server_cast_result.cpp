// SPDX-License-Identifier: Apache-2.0
//
// A callback returns what says nothing about how to go on.
//
// expect: handle_cast must return void or outcome: noreply() or stop(reason)
// id: G37
#include "beamish/otp/gen_server.hpp"

struct message {};
struct right : beamish::gen_server<right> {
  using messages = beamish::accepts<message>;
  outcome handle_cast(message&) { return noreply(); }
};
struct wrong : beamish::gen_server<wrong> {
  using messages = beamish::accepts<message>;
  int handle_cast(message&) { return 3; }
};

beamish::task<> body() {
  auto a = co_await beamish::start<right>();
  (void)a;
  // wrong:
  auto b = co_await beamish::start<wrong>();
  (void)b;
  // end
}
