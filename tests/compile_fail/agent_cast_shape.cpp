// SPDX-License-Identifier: Apache-2.0
//
// A cast to an agent with a function of something else than its state.
//
// expect: agent: cast needs a function of S& that returns nothing, or of const S& that returns
#include <string>

#include "beamish/otp/agent.hpp"

void use(beamish::agent<int> a) {
  a.cast([](int& n) { ++n; });
  // wrong:
  a.cast([](std::string& text) { text.clear(); });
  // end
}
