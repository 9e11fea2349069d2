// SPDX-License-Identifier: Apache-2.0
//
// A request gives its message more than it has fields.
//
// expect: these arguments don't make this message: give its fields, in their order
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/requests.hpp"

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
  auto right = beamish::send_request<counter::add>("counter", 1);
  (void)right;
  // wrong:
  auto wrong = beamish::send_request<counter::add>("counter", 1, 2);
  (void)wrong;
  // end
}
