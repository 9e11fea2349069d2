// SPDX-License-Identifier: Apache-2.0
//
// Something is sent to what is no process and no name.
//
// expect: send(to, message): `to` must be a pid, a server, a name, an on_node or a via
#include "beamish/runtime/process.hpp"

void use() {
  beamish::send("counter", 1);
  // wrong:
  beamish::send(42, 1);
  // end
}
