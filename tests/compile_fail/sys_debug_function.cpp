// SPDX-License-Identifier: Apache-2.0
//
// A debug function that returns what means nothing.
//
// id: Y4
// expect: sys::install: a debug function takes (const sys::event&) and returns nothing, or
#include "beamish/otp/sys.hpp"

beamish::task<> body(beamish::pid s) {
  auto right = [](const beamish::sys::event& e) { return e.is_in(); };
  co_await beamish::sys::install(s, "right", right);
  // wrong:
  auto wrong = [](const beamish::sys::event&) { return 1; };
  co_await beamish::sys::install(s, "wrong", wrong);
  // end
}
