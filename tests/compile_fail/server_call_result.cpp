// SPDX-License-Identifier: Apache-2.0
//
// handle_call returns another type than the message's reply.
//
// expect: handle_call must return the message's `reply`, or call_result<message>, or take a from
// id: G37
#include <string>

#include "beamish/otp/gen_server.hpp"

struct question {
  using reply = int;
};
struct right : beamish::gen_server<right> {
  using messages = beamish::accepts<question>;
  int handle_call(question&) { return 3; }
};
struct wrong : beamish::gen_server<wrong> {
  using messages = beamish::accepts<question>;
  std::string handle_call(question&) { return "three"; }
};

beamish::task<> body() {
  auto a = co_await beamish::start<right>();
  (void)a;
  // wrong:
  auto b = co_await beamish::start<wrong>();
  (void)b;
  // end
}
