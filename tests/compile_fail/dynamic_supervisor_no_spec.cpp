// SPDX-License-Identifier: Apache-2.0
//
// What is no child specification is refused before anything runs.
//
// expect: child_specification
// id: D9
#include "beamish/otp/dynamic_supervisor.hpp"
#include "beamish/otp/gen_server.hpp"

struct library : beamish::gen_server<library> {};

beamish::task<> use(const beamish::dynamic_supervisor& shop) {
  auto right = co_await shop.start_child(beamish::child_spec<library>());
  (void)right;
  // wrong:
  auto wrong = co_await shop.start_child(library());
  (void)wrong;
  // end
}
