// SPDX-License-Identifier: Apache-2.0
//
// A number with a fraction is looked up among integers: 1 and 1.0 are different keys.
//
// expect: registry: this is none of its keys, which are of another type
// id: R11
#include "beamish/otp/registry.hpp"

void use(const beamish::registry<int, int>& rooms) {
  auto right = rooms.whereis(1);
  (void)right;
  // wrong:
  auto wrong = rooms.whereis(1.0);
  (void)wrong;
  // end
}
