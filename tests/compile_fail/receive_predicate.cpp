// SPDX-License-Identifier: Apache-2.0
//
// A predicate that owns something stands in a co_await expression, where g++ 12 destroys it twice.
//
// expect: g++ 12 destroys such a predicate twice: capture by reference
// compilers: gcc
#include <string>

#include "beamish/runtime/receive.hpp"

beamish::task<> body() {
  const std::string wanted = "book";
  auto mine = co_await beamish::receive_if<std::string>(
      [&wanted](const std::string& title) { return title == wanted; });
  // wrong:
  auto copy = co_await beamish::receive_if<std::string>(
      [wanted](const std::string& title) { return title == wanted; });
  // end
}
