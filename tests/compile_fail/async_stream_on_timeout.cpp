// SPDX-License-Identifier: Apache-2.0
//
// A stream is told to do with a slow element what it can't do.
//
// expect: on_timeout
// id: T23
#include <vector>

#include "beamish/otp/async_stream.hpp"

int square(int x) { return x * x; }

void use() {
  std::vector<int> numbers{1, 2};
  auto right =
      beamish::async_stream(numbers, square, {.on_timeout = beamish::on_timeout::kill_task});
  // wrong:
  auto wrong = beamish::async_stream(numbers, square, {.on_timeout = "kill"});
  // end
}
