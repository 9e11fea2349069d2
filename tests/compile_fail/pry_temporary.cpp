// SPDX-License-Identifier: Apache-2.0
//
// A pry_point that would be gone while its process stands at it.
//
// expect: deleted
#include "beamish/otp/pry.hpp"

beamish::task<> body() {
  beamish::pry_point here("body");
  co_await here.stop();
  // wrong:
  co_await beamish::pry_point("body").stop();
  // end
}
