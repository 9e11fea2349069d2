// SPDX-License-Identifier: Apache-2.0
//
// A server is started with arguments that its init does not take.
//
// expect: init can't be called with these arguments; without an init they must be the members of
#include <string>

#include "beamish/otp/gen_server.hpp"

struct counter : beamish::gen_server<counter> {
  void init(int) {}
};

beamish::task<> body() {
  auto a = co_await beamish::start<counter>(1);
  (void)a;
  // wrong:
  auto b = co_await beamish::start<counter>(std::string("one"));
  (void)b;
  // end
}
