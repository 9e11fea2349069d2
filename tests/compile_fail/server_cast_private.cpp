// SPDX-License-Identifier: Apache-2.0
//
// A clause for a listed message can't be called from outside the class.
//
// expect: add handle_call, handle_cast or handle_info for it, and make it public
#include <beamish/beamish.hpp>

struct message {};
struct right : beamish::gen_server<right> {
  using messages = beamish::accepts<message>;
  void handle_cast(message&) {}
};
struct wrong : beamish::gen_server<wrong> {
  using messages = beamish::accepts<message>;

 private:
  void handle_cast(message&) {}
};

beamish::task<> body() {
  auto a = co_await beamish::start<right>();
  (void)a;
  // wrong:
  auto b = co_await beamish::start<wrong>();
  (void)b;
  // end
}
