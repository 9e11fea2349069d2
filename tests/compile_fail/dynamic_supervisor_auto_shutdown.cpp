// SPDX-License-Identifier: Apache-2.0
//
// A dynamic supervisor has no auto_shutdown.
//
// expect: auto_shutdown
// id: D10
#include "beamish/otp/dynamic_supervisor.hpp"
#include "beamish/otp/supervisor_options.hpp"

void use() {
  beamish::dynamic_supervisor_options right{.max_children = 3};
  (void)right;
  // wrong:
  beamish::dynamic_supervisor_options wrong{.auto_shutdown = beamish::any_significant};
  (void)wrong;
  // end
}
