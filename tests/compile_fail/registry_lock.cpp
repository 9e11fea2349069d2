// SPDX-License-Identifier: Apache-2.0
//
// A lock for a function that wants something.
//
// expect: registry: lock needs a function without parameters
#include <string>

#include "beamish/otp/registry.hpp"

beamish::task<> use(const beamish::registry<std::string, int>& rooms) {
  auto right = co_await rooms.lock("lobby", [] { return 1; });
  (void)right;
  // wrong:
  co_await rooms.lock("lobby", [](int n) { return n; });
  // end
}
