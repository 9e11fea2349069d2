// SPDX-License-Identifier: Apache-2.0
//
// A registry is started without saying which keys it has.
//
// expect: say whether a key leads to one process or to many: .keys = unique
#include <string>

#include "beamish/otp/registry.hpp"

beamish::task<> body() {
  auto right = co_await beamish::registry<std::string>::start_link(
      {.keys = beamish::unique, .name = "rooms"});
  (void)right;
  // wrong:
  auto wrong = co_await beamish::registry<std::string>::start_link({.name = "rooms"});
  (void)wrong;
  // end
}
