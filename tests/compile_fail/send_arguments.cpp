// SPDX-License-Identifier: Apache-2.0
//
// A message is built in place from more than it has fields.
//
// expect: these arguments don't make this message: give its fields, in their order
#include "beamish/runtime/process.hpp"

struct add {
  int amount;
};

void use() {
  beamish::send<add>("counter", 1);
  // wrong:
  beamish::send<add>("counter", 1, 2);
  // end
}
