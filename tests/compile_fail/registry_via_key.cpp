// SPDX-License-Identifier: Apache-2.0
//
// A name by a key that the registry can't have.
//
// expect: registry: this is none of its keys, which are of another type
#include <string>

#include "beamish/otp/registry.hpp"

void use(const beamish::registry<std::string, int>& rooms) {
  beamish::send(beamish::via(rooms, "lobby"), 1);
  // wrong:
  beamish::send(beamish::via(rooms, 42), 1);
  // end
}
