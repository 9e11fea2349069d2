// SPDX-License-Identifier: Apache-2.0
//
// A state that can't be copied has no old one to keep.
//
// id: Y1
// expect: sys::replace_state<S> works on a copy, and this S can't be copied
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
  auto right = [](plain& p) { p.number = 1; };
  auto a = co_await beamish::sys::replace_state<plain>(s, right);
  (void)a;
  // wrong:
  auto wrong = [](unique& u) { u.number.reset(); };
  auto b = co_await beamish::sys::replace_state<unique>(s, wrong);
  (void)b;
  // end
}
