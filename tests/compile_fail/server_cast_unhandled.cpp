// SPDX-License-Identifier: Apache-2.0
//
// A message is cast to a server that has no clause for it.
//
// expect: this server has no handle_cast clause for this message: add handle_cast(message&)
#include "beamish/otp/gen_server.hpp"

struct library : beamish::gen_server<library> {
  struct add {};
  struct remove {};
  using messages = beamish::accepts<add>;
  void handle_cast(add&) {}
};

void use(beamish::named<library> lib) {
  lib.cast<library::add>();
  // wrong:
  lib.cast<library::remove>();
  // end
}
