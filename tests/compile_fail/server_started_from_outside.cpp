// SPDX-License-Identifier: Apache-2.0
//
// A server whose callback returns what says nothing is started by a plain thread.
//
// expect: handle_cast must return void or outcome: noreply() or stop(reason)
#include "beamish/otp/gen_server.hpp"

struct message {};
struct right : beamish::gen_server<right> {
  using messages = beamish::accepts<message>;
  void handle_cast(message&) {}
};
struct wrong : beamish::gen_server<wrong> {
  using messages = beamish::accepts<message>;
  int handle_cast(message&) { return 3; }
};

void use(beamish::node& n) {
  auto a = beamish::start_on<right>(n, {});
  (void)a;
  // wrong:
  auto b = beamish::start_on<wrong>(n, {});
  (void)b;
  // end
}
