// SPDX-License-Identifier: Apache-2.0
//
// A stream of what is no range.
//
// expect: async_stream: the first argument must be a range
#include <vector>

#include "beamish/otp/async_stream.hpp"

int square(int x) { return x * x; }

void use() {
  auto right = beamish::async_stream(std::vector<int>{1, 2}, square);
  // wrong:
  beamish::async_stream(2, square);
  // end
}
