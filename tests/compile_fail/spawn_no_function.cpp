// SPDX-License-Identifier: Apache-2.0
//
// A number is spawned.
//
// expect: spawn: the function can't be called with these arguments
#include <beamish/beamish.hpp>

void use() {
  beamish::spawn([] {});
  // wrong:
  beamish::spawn(7);
  // end
}
