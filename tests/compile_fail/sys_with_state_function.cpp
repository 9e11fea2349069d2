// SPDX-License-Identifier: Apache-2.0
//
// A function for another state.
//
// expect: sys::with_state<S>(server, f): f must be callable with an S&
#include "beamish/otp/sys.hpp"

beamish::task<> body(beamish::pid s) {
  auto right = [](int& n) { return n; };
  auto a = co_await beamish::sys::with_state<int>(s, right);
  (void)a;
  // wrong:
  auto wrong = [](const char* n) { return n; };
  auto b = co_await beamish::sys::with_state<int>(s, wrong);
  (void)b;
  // end
}
