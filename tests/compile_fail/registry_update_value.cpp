// SPDX-License-Identifier: Apache-2.0
//
// An update whose function returns no value.
//
// expect: registry: update_value needs a function of the value that returns the new
#include <string>

#include "beamish/otp/registry.hpp"

void use(const beamish::registry<std::string, int>& rooms) {
  rooms.update_value("lobby", [](int n) { return n + 1; });
  // wrong:
  rooms.update_value("lobby", [](int&) {});
  // end
}
