// SPDX-License-Identifier: Apache-2.0
//
// A match by a function of something else than the value.
//
// expect: registry: a match needs a function of the value that returns a bool
#include <string>

#include "beamish/otp/registry.hpp"

void use(const beamish::registry<std::string, int>& rooms) {
  auto right = rooms.match("lobby", [](int n) { return n > 1; });
  (void)right;
  // wrong:
  auto wrong = rooms.match("lobby", [](const std::string& s) { return s.empty(); });
  (void)wrong;
  // end
}
