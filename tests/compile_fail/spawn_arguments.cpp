// SPDX-License-Identifier: Apache-2.0
//
// A process is spawned with arguments that its function does not take.
//
// expect: spawn: the function can't be called with these arguments
#include <string>

#include "beamish/runtime/spawn.hpp"

beamish::task<> body(int) { co_return; }

void use() {
  beamish::spawn(body, 1);
  // wrong:
  beamish::spawn(body, std::string("one"));
  // end
}
