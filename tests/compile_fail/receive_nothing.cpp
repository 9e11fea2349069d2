// SPDX-License-Identifier: Apache-2.0
//
// A receive that does not say what it waits for.
//
// expect: say which messages to receive
#include "beamish/runtime/receive.hpp"

beamish::task<> body() {
  auto one = co_await beamish::receive<int>();
  (void)one;
  // wrong:
  auto two = co_await beamish::receive<>();
  // end
}
