// SPDX-License-Identifier: Apache-2.0
//
// The same, where the call is awaited and its result used.
//
// expect: this server has no handle_call clause for this message: add handle_call(message&)
#include "beamish/otp/gen_server.hpp"

struct library : beamish::gen_server<library> {
  struct get_all_books {
    using reply = int;
  };
  struct get_one {
    using reply = int;
  };
  using messages = beamish::accepts<get_all_books>;
  int handle_call(get_all_books&) { return 3; }
};

beamish::task<> body(beamish::server<library> lib) {
  int all = co_await lib.call<library::get_all_books>();
  (void)all;
  // wrong:
  int one = co_await lib.call<library::get_one>();
  (void)one;
  // end
}
