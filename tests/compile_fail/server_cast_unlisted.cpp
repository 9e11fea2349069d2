// SPDX-License-Identifier: Apache-2.0
//
// handle_cast takes the state, too, which is in the members here.
//
// expect: no message in `messages` fits handle_cast: it must be public and take a listed message&
#include "beamish/otp/gen_server.hpp"

struct message {};
struct right : beamish::gen_server<right> {
  using messages = beamish::accepts<message>;
  void handle_cast(message&) {}
};
struct wrong : beamish::gen_server<wrong> {
  using messages = beamish::accepts<message>;
  void handle_info(message&) {}
  void handle_cast(message&, int) {}
};

beamish::task<> body() {
  auto a = co_await beamish::start<right>();
  (void)a;
  // wrong:
  auto b = co_await beamish::start<wrong>();
  (void)b;
  // end
}
