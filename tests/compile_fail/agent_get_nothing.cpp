// SPDX-License-Identifier: Apache-2.0
//
// A function that looks at an agent's state changes it instead.
//
// expect: agent: get needs a function of const S& that returns what it looked for
#include "beamish/otp/agent.hpp"

beamish::task<> body(beamish::agent<int> a) {
  auto right = co_await a.get([](const int& n) { return n; });
  (void)right;
  // wrong:
  co_await a.get([](int& n) { ++n; });
  // end
}
