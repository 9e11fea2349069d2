// SPDX-License-Identifier: Apache-2.0
//
// get_and_update with a function that gives nothing, where OTP's agent ends with bad_return_value.
//
// expect: agent: get_and_update needs a function of S& that returns what is to be given
// id: A2
#include "beamish/otp/agent.hpp"

beamish::task<> body(beamish::agent<int> a) {
  auto right = co_await a.get_and_update([](int& n) { return n++; });
  (void)right;
  // wrong:
  co_await a.get_and_update([](int& n) { ++n; });
  // end
}
