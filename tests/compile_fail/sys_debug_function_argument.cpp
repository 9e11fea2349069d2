// SPDX-License-Identifier: Apache-2.0
//
// A debug function that takes something else.
//
// expect: sys::install: a debug function takes (const sys::event&) and returns nothing, or
#include "beamish/otp/sys.hpp"

beamish::task<> body(beamish::pid s) {
  auto right = [](const beamish::sys::event&) {};
  co_await beamish::sys::install(s, "right", right);
  // wrong:
  auto wrong = [](int) {};
  co_await beamish::sys::install(s, "wrong", wrong);
  // end
}
