// SPDX-License-Identifier: Apache-2.0
//
// A temporary aggregate with a destructor stands in a co_await expression.
//
// expect: g++ 12 destroys a temporary aggregate twice in a co_await expression: pass the fields
// compilers: gcc
#include <string>

#include "beamish/otp/gen_server.hpp"

struct title {
  std::string text;
};
struct find {
  using reply = int;
  title what;
};

beamish::task<> body() {
  const title named{"Emma"};
  int right = co_await beamish::call<find>("library", named);
  (void)right;
  // wrong:
  int wrong = co_await beamish::call<find>("library", title{"Emma"});
  (void)wrong;
  // end
}
