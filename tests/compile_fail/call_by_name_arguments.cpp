// SPDX-License-Identifier: Apache-2.0
//
// The same, where the server is called by its name.
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

beamish::task<> body() {
  int right = co_await beamish::call<counter::add>("counter", 1);
  (void)right;
  // wrong:
  int wrong = co_await beamish::call<counter::add>("counter", "one");
  (void)wrong;
  // end
}
