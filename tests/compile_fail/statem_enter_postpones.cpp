// SPDX-License-Identifier: Apache-2.0
//
// The enter of a state machine postpones: there is no event.
//
// expect: enter must return void or enter_result: keep_state() or stop(reason); it can't change the
// id: M4
#include "beamish/otp/gen_statem.hpp"

struct right : beamish::gen_statem<right> {
  struct only {};
  using states = std::variant<only>;
  enter_result enter(only&) { return stop(beamish::atom("normal")); }
};
struct wrong : beamish::gen_statem<wrong> {
  struct only {};
  using states = std::variant<only>;
  auto enter(only&) { return keep_state().postpone(); }
};

beamish::task<> body() {
  auto a = co_await beamish::start<right>();
  (void)a;
  // wrong:
  auto b = co_await beamish::start<wrong>();
  (void)b;
  // end
}
