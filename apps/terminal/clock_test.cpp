// SPDX-License-Identifier: Apache-2.0
#include "apps/terminal/clock.hpp"

#include <doctest/doctest.h>

using namespace beamish::apps;

TEST_CASE("clock: it never goes back") {
  const std::int64_t before = steady_now_ns();
  CHECK(before > 0);
  CHECK(steady_now_ns() >= before);
}
