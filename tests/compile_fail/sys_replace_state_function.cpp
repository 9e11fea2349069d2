// SPDX-License-Identifier: Apache-2.0
//
// A replace function that returns something else.
//
// expect: sys::replace_state<S>(server, f): f must take an S& and return nothing or an S
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/sys.hpp"

struct plain : beamish::gen_server<plain> {
  int number = 0;
};

beamish::task<> body(beamish::pid s) {
  auto right = [](plain& p) { p.number = 1; };
  auto a = co_await beamish::sys::replace_state<plain>(s, right);
  (void)a;
  // wrong:
  auto wrong = [](plain& p) { return p.number = 1; };
  auto b = co_await beamish::sys::replace_state<plain>(s, wrong);
  (void)b;
  // end
}
