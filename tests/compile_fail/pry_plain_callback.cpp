// SPDX-License-Identifier: Apache-2.0
//
// A callback that is a plain function can't stop at a pry_point: it has to return a task<>.
//
// expect: coroutine
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/pry.hpp"

struct server : beamish::gen_server<server> {
  void init() {
    beamish::pry_point here("init");
    here.show("answer", 42);
    // wrong:
    co_await here.stop();
    // end
  }
};
