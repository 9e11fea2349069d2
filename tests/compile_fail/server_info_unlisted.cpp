// SPDX-License-Identifier: Apache-2.0
//
// handle_info takes a message that the server does not list.
//
// expect: no message in `messages` fits handle_info: it must be public and take a listed message&
#include "beamish/otp/gen_server.hpp"

struct message {};
struct right : beamish::gen_server<right> {
  using messages = beamish::accepts<message>;
  void handle_info(message&) {}
};
struct wrong : beamish::gen_server<wrong> {
  void handle_info(message&) {}
};

beamish::task<> body() {
  auto a = co_await beamish::start<right>();
  (void)a;
  // wrong:
  auto b = co_await beamish::start<wrong>();
  (void)b;
  // end
}
