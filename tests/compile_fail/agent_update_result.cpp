// SPDX-License-Identifier: Apache-2.0
//
// An update that changes the state and returns something, too: which of them is meant?
//
// expect: agent: update needs a function of S& that returns nothing, or of const S& that returns
#include "beamish/otp/agent.hpp"

beamish::task<> body(beamish::agent<int> a) {
  co_await a.update([](int& n) { ++n; });
  // wrong:
  co_await a.update([](int& n) { return n++; });
  // end
}
