// SPDX-License-Identifier: Apache-2.0
//
// A server is called with a message that it has no clause for.
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
  auto one = lib.call<library::get_one>();
  // end
}
