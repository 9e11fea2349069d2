// SPDX-License-Identifier: Apache-2.0
#include "apps/terminal/live_view.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace beamish::apps;

namespace {

live_picture some(std::size_t rows) {
  live_picture p{.done = 5, .total = 10, .headline = "5 of 10 done"};
  for (std::size_t i = 0; i < rows; ++i) {
    p.rows.push_back({.name = std::to_string(6 + i), .part = 0.5, .text = "make all the things"});
  }
  return p;
}

}  // namespace

TEST_CASE("live_view: a bar for the whole and one for each that runs") {
  live_picture p = some(2);
  p.rows[1].part = -1;
  const auto lines = live_lines(p, {.columns = 80, .rows = 24}, {.ascii = true});
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "[########........]   50 %  5 of 10 done");
  CHECK(lines[1] == "6  [#####.....]  make all the things");
  CHECK(lines[2] == "7  [          ]  make all the things");
}

TEST_CASE("live_view: the bar of the whole gives way to what there is to read, in 80 columns") {
  live_picture p = some(1);
  p.headline = "stopping: 5000 of 10000 done, 12 failed, 30 s left";
  p.details = "limit 2, 2 running, 3 waiting";
  const auto lines = live_lines(p, {.columns = 80, .rows = 24}, {.ascii = true});
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "[########........]   50 %  " + p.headline);
  CHECK(lines[1] == p.details);
  const auto whole = [&](std::size_t columns) {
    return live_lines(p, {.columns = columns, .rows = 24}, {.ascii = true})[0];
  };
  CHECK(whole(200).starts_with("[############............]   50 %  "));
  CHECK(whole(72).starts_with("[####....]   50 %  "));
  CHECK(whole(71).starts_with(" 50 %  "));
}

TEST_CASE("live_view: lines never fill the terminal's width, at any size") {
  for (std::size_t columns = 1; columns < 120; ++columns) {
    for (const bool color : {false, true}) {
      for (const auto& line : live_lines(some(3), {columns, 24}, {.color = color})) {
        CHECK(shown_width(line) < std::max<std::size_t>(columns, 5));
      }
    }
  }
}

TEST_CASE("live_view: no more rows than fit") {
  for (std::size_t rows = 1; rows < 40; ++rows) {
    const auto lines = live_lines(some(100), {.columns = 80, .rows = rows}, {});
    CHECK(lines.size() < std::max<std::size_t>(rows, 3));
    CHECK(lines.back().starts_with("and "));
  }
  for (std::size_t rows = 1; rows < 40; ++rows) {
    live_picture p = some(100);
    p.details = "limit 2";
    const auto lines = live_lines(p, {.columns = 80, .rows = rows}, {});
    CHECK(lines.size() < std::max<std::size_t>(rows, 3));
    CHECK(lines.back().starts_with("and "));
  }
  const auto lines = live_lines(some(100), {.columns = 80, .rows = 10}, {});
  CHECK(lines.size() == 8);
  CHECK(lines.back() == "and 94 more");
}

TEST_CASE("live_view: colours do not count as width") {
  CHECK(shown_width("\x1B[32m###\x1B[0m.") == 4);
  const auto plain = live_lines(some(1), {80, 24}, {});
  const auto color = live_lines(some(1), {80, 24}, {.color = true});
  CHECK(shown_width(plain[1]) == shown_width(color[1]));
  CHECK(color[1].find("\x1B[32m") != std::string::npos);
  live_picture late = some(1);
  late.rows[0].part = 1.5;
  CHECK(live_lines(late, {80, 24}, {.color = true})[1].find("\x1B[33m") != std::string::npos);
}

TEST_CASE("live_view: nothing to do is done") {
  CHECK(live_lines({.headline = "done"}, {80, 24}, {.ascii = true})[0] ==
        "[################]  100 %  done");
}
