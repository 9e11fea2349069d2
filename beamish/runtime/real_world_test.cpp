// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <set>

#include "beamish/runtime/world.hpp"

using namespace beamish::detail;

TEST_CASE("the clock never goes back, and moves on") {
  const std::int64_t first = real_now();
  std::int64_t before = first;
  while (before == first) {
    const std::int64_t now = real_now();
    REQUIRE(now >= before);
    before = now;
  }
}

TEST_CASE("the wall clock counts from 1970") {
  constexpr std::int64_t year = std::int64_t{365} * 24 * 3600 * 1'000'000'000;
  CHECK(real_wall_clock() > 50 * year);
}

TEST_CASE("random numbers differ") {
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 100; ++i) seen.insert(real_random());
  CHECK(seen.size() == 100);
}
