// SPDX-License-Identifier: Apache-2.0
//
// A module whose init does not take these arguments.
//
// expect: a supervisor_module needs a public init that takes these arguments and returns a
#include "beamish/otp/supervisor.hpp"

struct shop : beamish::supervisor_module {
  beamish::supervisor_init init(int) { return {{}, {.strategy = beamish::one_for_one}}; }
};

void use() {
  auto right = beamish::child_spec<shop>(3);
  (void)right;
  // wrong:
  auto wrong = beamish::child_spec<shop>("three");
  (void)wrong;
  // end
}
