// SPDX-License-Identifier: Apache-2.0
//
// A state machine asks for a timeout whose event it has no clause for.
//
// expect: a timeout needs a clause for its event: a public handle_timeout(state&, event&)
#include "beamish/otp/gen_statem.hpp"

struct door : beamish::gen_statem<door> {
  struct locked {};
  using states = std::variant<locked>;
  struct push {};
  using messages = beamish::accepts<push>;
  transition handle_cast(push&) {
    auto done = keep_state();
    // wrong:
    done = std::move(done).state_timeout(std::chrono::seconds(1), push{});
    // end
    return done;
  }
};

beamish::task<> body() {
  auto d = co_await beamish::start<door>();
  (void)d;
}
