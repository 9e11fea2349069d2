// SPDX-License-Identifier: Apache-2.0
//
// A send of a message made in place is awaited: g++ 12 would destroy the message twice.
//
// expect: g++ 12 destroys a temporary aggregate twice in a co_await expression: name the message
// compilers: gcc
#include <string>

#include "beamish/runtime/process.hpp"
#include "beamish/runtime/task.hpp"

struct page {
  std::string text;
};

beamish::task<> body(beamish::pid printer) {
  const page named{"Emma"};
  co_await beamish::send(printer, named);
  co_await beamish::send<page>(printer, "Emma");
  beamish::send(printer, page{"Emma"});
  // wrong:
  co_await beamish::send(printer, page{"Emma"});
  // end
}
