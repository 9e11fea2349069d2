// SPDX-License-Identifier: Apache-2.0
//
// A call gives its message a text for a number.
//
// expect: these arguments don't make this message: give its fields, in their order
#include <beamish/beamish.hpp>

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

beamish::task<> body(beamish::server<counter> c) {
  int right = co_await c.call<counter::add>(1);
  (void)right;
  // wrong:
  int wrong = co_await c.call<counter::add>("one");
  (void)wrong;
  // end
}
