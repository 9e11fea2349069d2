// SPDX-License-Identifier: Apache-2.0
//
// A server continues with what it has no clause for.
//
// expect: .then(x) needs a handle_continue clause for the type of x
#include "beamish/otp/gen_server.hpp"

struct prepare {};
struct clean_up {};
struct counter : beamish::gen_server<counter> {
  void handle_continue(prepare&) {}
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
