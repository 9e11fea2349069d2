// SPDX-License-Identifier: Apache-2.0
//
// code_change lacks an argument.
//
// expect: code_change must be public, take (const term& old, const term& extra) and return a bool
#include "beamish/otp/gen_server.hpp"

struct right : beamish::gen_server<right> {
  bool code_change(const beamish::term&, const beamish::term&) { return true; }
};
struct wrong : beamish::gen_server<wrong> {
  bool code_change(const beamish::term&) { return true; }
};

beamish::task<> body() {
  auto a = co_await beamish::start<right>();
  (void)a;
  // wrong:
  auto b = co_await beamish::start<wrong>();
  (void)b;
  // end
}
