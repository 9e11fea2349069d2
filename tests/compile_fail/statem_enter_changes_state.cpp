// SPDX-License-Identifier: Apache-2.0
//
// The enter of a state machine wants to change the state.
//
// expect: enter must return void or enter_result: keep_state() or stop(reason); it can't change the
// id: M4
#include "beamish/otp/gen_statem.hpp"

struct message {};
struct right : beamish::gen_statem<right> {
  struct only {};
  using states = std::variant<only>;
  enter_result enter(only&) { return keep_state().state_timeout(std::chrono::seconds(1)); }
  void handle_timeout(only&, beamish::state_timeout_message&) {}
};
struct wrong : beamish::gen_statem<wrong> {
  struct first {};
  struct second {};
  using states = std::variant<first, second>;
  transition enter(first&) { return next_state(second{}); }
};

beamish::task<> body() {
  auto a = co_await beamish::start<right>();
  (void)a;
  // wrong:
  auto b = co_await beamish::start<wrong>();
  (void)b;
  // end
}
