// SPDX-License-Identifier: Apache-2.0
//
// A task is awaited where its function stands as a temporary: g++ 12 would destroy its captures
// twice.
//
// expect: g++ 12 destroys the captures of a lambda in this expression twice
// compilers: gcc
#include <string>

#include "beamish/otp/async.hpp"

beamish::task<> body(std::string text) {
  auto t = beamish::async([text] { return text.size(); });
  co_await t.await();
  // wrong:
  auto size = co_await beamish::async([text] { return text.size(); }).await();
  (void)size;
  // end
}
