// SPDX-License-Identifier: Apache-2.0
//
// terminate can't be called from outside the class.
//
// expect: terminate must be public and take (const exit_reason&), or nothing
#include "beamish/otp/gen_server.hpp"

struct right : beamish::gen_server<right> {
  void terminate() {}
};
struct wrong : beamish::gen_server<wrong> {
 private:
  void terminate(const beamish::exit_reason&) {}
};

beamish::task<> body() {
  auto a = co_await beamish::start<right>();
  (void)a;
  // wrong:
  auto b = co_await beamish::start<wrong>();
  (void)b;
  // end
}
