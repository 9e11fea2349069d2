// SPDX-License-Identifier: Apache-2.0
#include "apps/compare/chart.hpp"

#include <doctest/doctest.h>

using namespace beamish::apps;

namespace {
constexpr std::int64_t ms = 1'000'000;
}

TEST_CASE("compare_chart: a task takes the lowest place that is free") {
  compare_side side("product", 2, 3);
  side.begin(0, 0);
  side.begin(1, 0);
  CHECK(side.running() == 2);
  side.end(0, 100 * ms);
  side.begin(2, 100 * ms);
  side.end(1, 300 * ms);
  CHECK(!side.complete());
  side.end(2, 300 * ms);
  CHECK(side.complete());
  CHECK(side.last_end_ns() == 300 * ms);
  CHECK(side.concurrency() == doctest::Approx(2.0));
  REQUIRE(side.runs().size() == 3);
  CHECK(side.runs()[2].place == 0);
  const auto lines =
      draw_side(side, {.now_ns = 900 * ms, .length_ns = 600 * ms, .width = 33, .ascii = true});
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].starts_with("product: 3 of 3 done in 300.0"));
  CHECK(lines[1] == "1  #####==========");
  CHECK(lines[2] == "2  ###############");
  CHECK(start_order(side, 80, true) == "1 2 3");
}

TEST_CASE("compare_chart: what still runs is drawn up to now, and nothing leaves the chart") {
  compare_side side("as taught", 1, 2);
  side.begin(1, 0);
  const auto lines =
      draw_side(side, {.now_ns = 500 * ms, .length_ns = 1000 * ms, .width = 80, .ascii = true});
  CHECK(lines[0] == "as taught: 0 of 2 done, 500.0 ms, 0.0 of 1 places used on average");
  CHECK(lines[1] == "1  " + std::string(38, '#'));
  const auto late =
      draw_side(side, {.now_ns = 5000 * ms, .length_ns = 1000 * ms, .width = 80, .ascii = true});
  CHECK(late[1].size() < 80);
  CHECK(start_order(side, 80, true) == "2");
  side.end(7, 0);  // one that never began
  CHECK(side.done() == 0);
}
