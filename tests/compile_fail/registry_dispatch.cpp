// SPDX-License-Identifier: Apache-2.0
//
// A dispatch whose function takes one process instead of all.
//
// expect: registry: dispatch needs a function of a std::vector<registration>
#include <string>

#include "beamish/otp/registry.hpp"

void use(const beamish::registry<std::string, int>& rooms) {
  rooms.dispatch("lobby", [](const auto& all) { (void)all.size(); });
  // wrong:
  rooms.dispatch("lobby", [](beamish::pid one) { (void)one; });
  // end
}
