// SPDX-License-Identifier: Apache-2.0
#include "apps/compare/rate.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <utility>

#include "beamish/runtime/node.hpp"

using namespace beamish;

TEST_CASE("compare_rate: the time that adding takes counts, too") {
  node n({.name = "rate@test", .workers = 1});
  n.start();
  double rate = 0;
  n.spawn([&rate]() -> task<> {
    std::int64_t clock = 0;
    const auto read = [&clock] { return clock; };
    // It takes 10 ms to add one, and nothing else takes any time.
    auto add = [&clock](auto f) {
      clock += 10'000'000;
      spawn(std::move(f));
    };
    const apps::empty_tasks load{.waiting = 18, .places = 2};
    const double found = co_await apps::tasks_per_second(load, add, read);
    rate = found;
  });
  CHECK(n.wait_until_empty(std::chrono::seconds(60)));
  CHECK(rate == doctest::Approx(90));  // 18 in 200 ms
  CHECK(n.stop());
}
