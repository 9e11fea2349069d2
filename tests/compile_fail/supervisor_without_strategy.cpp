// SPDX-License-Identifier: Apache-2.0
//
// Options without a strategy, which has no default.
//
// expect: say which children start again together
// id: S15
#include "beamish/otp/supervisor.hpp"

void use() {
  beamish::supervisor_options right{.strategy = beamish::one_for_one};
  (void)right;
  // wrong:
  beamish::supervisor_options wrong{.max_restarts = 3};
  (void)wrong;
  // end
}
