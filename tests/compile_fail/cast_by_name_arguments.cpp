// SPDX-License-Identifier: Apache-2.0
//
// The same, where the server is known by its name.
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

void use() {
  beamish::cast<counter::put>("counter", 1, 2);
  // wrong:
  beamish::cast<counter::put>("counter", 1, 2, 3);
  // end
}
