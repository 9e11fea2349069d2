// SPDX-License-Identifier: Apache-2.0
//
// What is looked up is no key of the registry.
//
// expect: registry: this is none of its keys, which are of another type
// id: R11
#include <string>

#include "beamish/otp/registry.hpp"

void use(const beamish::registry<std::string, int>& rooms) {
  auto right = rooms.lookup("lobby");
  (void)right;
  // wrong:
  auto wrong = rooms.lookup(42);
  (void)wrong;
  // end
}
