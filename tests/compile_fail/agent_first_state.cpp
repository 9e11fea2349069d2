// SPDX-License-Identifier: Apache-2.0
//
// An agent whose first state is of another type.
//
// expect: agent: its first state must be an S or a function that returns one
#include <string>

#include "beamish/otp/agent.hpp"

beamish::task<> body() {
  auto right = co_await beamish::agent<int>::start(1);
  (void)right;
  // wrong:
  auto wrong = co_await beamish::agent<int>::start(std::string("one"));
  (void)wrong;
  // end
}
