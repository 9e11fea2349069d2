// SPDX-License-Identifier: Apache-2.0
//
// A thread body calls with a text for a number.
//
// expect: these arguments don't make this message: give its fields, in their order
#include "beamish/otp/call_blocking.hpp"
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

void use() {
  int right = beamish::call_blocking<counter::add>("counter", 1);
  (void)right;
  // wrong:
  int wrong = beamish::call_blocking<counter::add>("counter", "one");
  (void)wrong;
  // end
}
