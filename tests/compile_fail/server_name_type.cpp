// SPDX-License-Identifier: Apache-2.0
//
// A name that is no text.
//
// expect: error
// id: G10
#include "beamish/otp/gen_server.hpp"

struct counter : beamish::gen_server<counter> {};

void use() {
  beamish::start_options named{.name = "counter"};
  (void)named;
  // wrong:
  beamish::start_options numbered{.name = 42};
  (void)numbered;
  // end
}
