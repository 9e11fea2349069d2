// SPDX-License-Identifier: Apache-2.0
//
// A machine is cast a message that it handles in no state.
//
// expect: this server has no handle_cast clause for this message: add handle_cast(message&)
#include "beamish/otp/gen_statem.hpp"

struct door : beamish::gen_statem<door> {
  struct locked {};
  using states = std::variant<locked>;
  struct push {};
  struct pull {};
  using messages = beamish::accepts<push>;
  void handle_cast(locked&, push&) {}
};

void use(beamish::server<door> d) {
  d.cast<door::push>();
  // wrong:
  d.cast<door::pull>();
  // end
}
