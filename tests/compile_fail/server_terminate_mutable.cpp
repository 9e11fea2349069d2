// SPDX-License-Identifier: Apache-2.0
//
// terminate wants to change the reason.
//
// expect: terminate must be public and take (const exit_reason&), or nothing
#include "beamish/otp/gen_server.hpp"

struct right : beamish::gen_server<right> {
  void terminate(beamish::exit_reason) {}
};
struct wrong : beamish::gen_server<wrong> {
  void terminate(beamish::exit_reason&) {}
};

beamish::task<> body() {
  auto a = co_await beamish::start<right>();
  (void)a;
  // wrong:
  auto b = co_await beamish::start<wrong>();
  (void)b;
  // end
}
