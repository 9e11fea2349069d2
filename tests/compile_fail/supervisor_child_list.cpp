// SPDX-License-Identifier: Apache-2.0
//
// A child that is no specification: it has no start.
//
// expect: a child is a child_specification, as child_spec<server>(args...)
// id: S27
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/supervisor.hpp"

struct library : beamish::gen_server<library> {};

void use() {
  auto right = beamish::supervisor::spec({beamish::child_spec<library>()},
                                         {.strategy = beamish::one_for_one});
  (void)right;
  // wrong:
  auto wrong = beamish::supervisor::spec({library()}, {.strategy = beamish::one_for_one});
  (void)wrong;
  // end
}
