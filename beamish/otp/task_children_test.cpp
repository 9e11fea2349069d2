// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/task_children.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace beamish;

namespace {

std::vector<pid> all_of(const detail::task_children& children) {
  std::vector<pid> all;
  children.each([&](const detail::task_child& c) { all.push_back(c.process); });
  return all;
}

}  // namespace

TEST_CASE("children stand in the order in which they were started, whoever goes") {
  // Against a plain vector, through many steps of a small generator.
  detail::task_children children;
  std::vector<pid> expected;
  std::uint32_t random = 1;
  std::uint32_t serial = 0;
  for (int step = 0; step < 20'000; ++step) {
    random = random * 1664525 + 1013904223;
    const bool grows = (step / 1000) % 2 == 0;
    if (expected.empty() || (random >> 16) % 8 < (grows ? 5u : 3u)) {
      // Slots, and so ids, are used again.
      const pid fresh{1, (random >> 20) % 64, ++serial};
      children.insert({fresh});
      expected.push_back(fresh);
    } else {
      const std::size_t at = (random >> 16) % expected.size();
      REQUIRE(children.find(expected[at]) != nullptr);
      const detail::task_child gone = children.erase(expected[at]);
      CHECK(gone.process == expected[at]);
      CHECK(children.find(expected[at]) == nullptr);
      expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(at));
    }
    REQUIRE(children.size() == expected.size());
    if (step % 100 == 0) CHECK(all_of(children) == expected);
  }
  CHECK(all_of(children) == expected);
  for (const pid p : expected) CHECK(children.find(p)->process == p);
}

TEST_CASE("a child that was never there is not found") {
  detail::task_children children;
  CHECK(children.find(pid{1, 2, 3}) == nullptr);
  children.insert({pid{1, 2, 3}});
  CHECK(children.find(pid{1, 2, 4}) == nullptr);
  CHECK(children.find(pid{1, 2, 3})->restart == restart_kind::temporary);
}
