// SPDX-License-Identifier: Apache-2.0
//
// A process that can't be called with these arguments.
//
// expect: child_process: the function can't be called with these arguments
#include "beamish/otp/child_spec.hpp"

beamish::task<> tick(int) { co_return; }

void use() {
  auto right = beamish::child_process("clock", tick, 5);
  (void)right;
  // wrong:
  auto wrong = beamish::child_process("clock", tick, "often");
  (void)wrong;
  // end
}
