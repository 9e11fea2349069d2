// SPDX-License-Identifier: Apache-2.0
//
// A task is started with arguments that its function does not take.
//
// expect: task: the function can't be called with these arguments
#include <string>

#include "beamish/otp/async.hpp"

int square(int x) { return x * x; }

void use() {
  beamish::async(square, 1);
  // wrong:
  beamish::async(square, std::string("one"));
  // end
}
