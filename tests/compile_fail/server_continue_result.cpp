// SPDX-License-Identifier: Apache-2.0
//
// handle_continue returns what says nothing about how to go on.
//
// expect: handle_continue must return void or outcome: noreply() or stop(reason)
// id: G37
#include "beamish/otp/gen_server.hpp"

struct prepare {};
struct clean_up {};
struct counter : beamish::gen_server<counter> {
  outcome handle_continue(prepare&) { return noreply(); }
  int handle_continue(clean_up&) { return 3; }
};

beamish::task<> body() {
  auto right = counter::ok().then(prepare{});
  (void)right;
  // wrong:
  auto wrong = counter::ok().then(clean_up{});
  (void)wrong;
  // end
  co_return;
}
