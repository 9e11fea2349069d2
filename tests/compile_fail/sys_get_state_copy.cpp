// SPDX-License-Identifier: Apache-2.0
//
// A state that can't be copied.
//
// id: Y1
// expect: sys::get_state<S> gives a copy, and this S can't be copied
#include <memory>

#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/sys.hpp"

struct plain : beamish::gen_server<plain> {
  int number = 0;
};
struct unique : beamish::gen_server<unique> {
  std::unique_ptr<int> number;
};

beamish::task<> body(beamish::pid s) {
  auto a = co_await beamish::sys::get_state<plain>(s);
  (void)a;
  // wrong:
  auto b = co_await beamish::sys::get_state<unique>(s);
  (void)b;
  // end
}
