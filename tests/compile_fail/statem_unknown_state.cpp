// SPDX-License-Identifier: Apache-2.0
//
// A state machine goes on in what is none of its states.
//
// expect: this is no state of the machine: add its type to `states`
#include "beamish/otp/gen_statem.hpp"

struct lost {};
struct door : beamish::gen_statem<door> {
  struct locked {};
  using states = std::variant<locked>;
  struct push {};
  using messages = beamish::accepts<push>;
  transition handle_cast(push&) {
    // wrong:
    return next_state(lost{});
    // end
    return next_state(locked{});
  }
};

beamish::task<> body() {
  auto d = co_await beamish::start<door>();
  (void)d;
}
