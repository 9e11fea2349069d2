// SPDX-License-Identifier: Apache-2.0
//
// An attempt is kept, and awaited when what it attempts has gone.
//
// expect: attempt(x) refers to x, which may be gone: write co_await attempt(x)
#include "beamish/otp/dynamic_supervisor.hpp"
#include "beamish/otp/gen_server.hpp"

struct session : beamish::gen_server<session> {};

beamish::task<> body(beamish::dynamic_supervisor sessions) {
  auto first = co_await beamish::attempt(sessions.start_child(beamish::child_spec<session>()));
  // wrong:
  auto attempt = beamish::attempt(sessions.start_child(beamish::child_spec<session>()));
  auto second = co_await attempt;
  (void)second;
  // end
  (void)first;
}
