// SPDX-License-Identifier: Apache-2.0
//
// A lambda with captures that need a destructor stands beside co_await: g++ 12 would destroy them
// twice.
//
// expect: g++ 12 destroys the captures of a lambda in this expression twice
// compilers: gcc
#include <string>

#include "beamish/otp/agent.hpp"

beamish::task<> body(beamish::agent<std::string> a, std::string more) {
  auto asking = a.get([more](const std::string& s) { return s + more; });
  auto right = co_await asking;
  (void)right;
  // wrong:
  auto wrong = co_await a.get([more](const std::string& s) { return s + more; });
  (void)wrong;
  // end
}
