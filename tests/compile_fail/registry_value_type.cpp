// SPDX-License-Identifier: Apache-2.0
//
// A registration with a value of another type.
//
// expect: registry: this is none of its values, which are of another type
#include <string>

#include "beamish/otp/registry.hpp"

void use(const beamish::registry<std::string, int>& rooms) {
  auto right = rooms.register_key("lobby", 1);
  (void)right;
  // wrong:
  auto wrong = rooms.register_key("lobby", "one");
  (void)wrong;
  // end
}
