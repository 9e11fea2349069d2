// SPDX-License-Identifier: Apache-2.0
//
// A thread that is no process calls with a text for a number.
//
// expect: these arguments don't make this message: give its fields, in their order
#include "beamish/otp/gen_server.hpp"

struct counter : beamish::gen_server<counter> {
  struct add {
    using reply = int;
    int amount;
  };
  struct put {
    int at;
    int value;
  };
  using messages = beamish::accepts<add, put>;
  int handle_call(add& m) { return m.amount; }
  void handle_cast(put&) {}
};

void use(beamish::node& n) {
  auto right = n.call<counter::add>("counter", std::chrono::seconds(1), 1);
  (void)right;
  // wrong:
  auto wrong = n.call<counter::add>("counter", std::chrono::seconds(1), "one");
  (void)wrong;
  // end
}
