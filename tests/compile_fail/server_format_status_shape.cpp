// SPDX-License-Identifier: Apache-2.0
//
// format_status takes something.
//
// expect: format_status must be public, take nothing and return a term, or take a
#include "beamish/otp/gen_server.hpp"

struct right : beamish::gen_server<right> {
  beamish::term format_status() const { return beamish::term(1); }
};
struct wrong : beamish::gen_server<wrong> {
  beamish::term format_status(int x) const { return beamish::term(x); }
};

beamish::task<> body() {
  auto a = co_await beamish::start<right>();
  (void)a;
  // wrong:
  auto b = co_await beamish::start<wrong>();
  (void)b;
  // end
}
