// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/open_requests.hpp"

#include <doctest/doctest.h>

#include <set>

using beamish::detail::open_requests;

TEST_CASE("open_requests: what was entered is found until it is answered, once") {
  open_requests open;
  CHECK(!open.contains(1));
  CHECK(!open.erase(1));
  open.insert(7);
  open.insert(9);
  CHECK(open.contains(7));
  CHECK(!open.contains(8));
  CHECK(open.contains(9));
  CHECK(open.erase(7));
  CHECK(!open.erase(7));
  CHECK(!open.contains(7));
  CHECK(open.contains(9));
  CHECK(open.size() == 1);
  CHECK(open.erase(9));
  CHECK(open.size() == 0);
  open.insert(10);
  CHECK(open.contains(10));
}

TEST_CASE("open_requests: it agrees with a set, whatever the order of the answers") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::uint64_t state = seed;
    const auto below = [&](std::uint64_t bound) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      return (state >> 33) % bound;
    };
    open_requests open;
    std::set<std::uint64_t> model;
    std::uint64_t next = 1;
    // Rising and falling, so that it is tidied at all sizes.
    for (int i = 0; i < 4000; ++i) {
      const bool grows = below(10) < (i / 1000 % 2 == 0 ? 8u : 2u);
      if (grows || model.empty()) {
        next += 1 + below(3);
        open.insert(next);
        model.insert(next);
      } else {
        // The oldest, the newest, or any number: also one that is not there.
        const std::uint64_t which = below(3);
        const std::uint64_t number = which == 0   ? *model.begin()
                                     : which == 1 ? *model.rbegin()
                                                  : below(next + 2);
        REQUIRE(open.erase(number) == (model.erase(number) != 0));
      }
      REQUIRE(open.size() == model.size());
      const std::uint64_t any = below(next + 2);
      REQUIRE(open.contains(any) == model.contains(any));
    }
    for (const std::uint64_t number : model) REQUIRE(open.erase(number));
    REQUIRE(open.size() == 0);
  }
}
