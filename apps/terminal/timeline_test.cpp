// SPDX-License-Identifier: Apache-2.0
#include "apps/terminal/timeline.hpp"

#include <doctest/doctest.h>

using namespace beamish::apps;

namespace {

constexpr std::int64_t s = 1'000'000'000;

using lines = std::vector<std::string>;

// The course's last program at limit 2.
std::vector<timeline_bar> course() {
  return {{"finished_3sec", 1, 0, 0, 3 * s},
          {"finished_1sec", 2, 0, 0, 1 * s},
          {"finished_2sec", 2, 0, 1 * s, 3 * s},
          {"finished_1sec", 1, 0, 3 * s, 4 * s},
          {"finished_3sec", 2, 0, 3 * s, 6 * s}};
}

}  // namespace

TEST_CASE("timeline: the course's last program") {
  CHECK(draw_timeline(course(), {.width = 75}) ==
        lines{
            "task           slot  0 s     1 s     2 s     3 s     4 s     5 s     6 s",
            "finished_3sec  1     ████████████████████████",
            "finished_1sec  2     ████████",
            "finished_2sec  2     ········████████████████",
            "finished_1sec  1     ························████████",
            "finished_3sec  2     ························████████████████████████",
        });
}

TEST_CASE("timeline: plain characters where nothing else can be shown") {
  CHECK(draw_timeline(course(), {.width = 75, .ascii = true}) ==
        lines{
            "task           slot  0 s     1 s     2 s     3 s     4 s     5 s     6 s",
            "finished_3sec  1     ########################",
            "finished_1sec  2     ########",
            "finished_2sec  2     ........################",
            "finished_1sec  1     ........................########",
            "finished_3sec  2     ........................########################",
        });
}

TEST_CASE("timeline: short times, late arrivals, no slots") {
  CHECK(draw_timeline({{"a", 0, 1000, 1000, 1000}, {"b", 0, 51'001'000, 51'001'000, 101'001'000}},
                      {.width = 50, .ascii = true}) ==
        lines{
            "task  0 ms    20 ms  40 ms   60 ms  80 ms   100 ms",
            "a     #",
            "b                        ###################",
        });
}

TEST_CASE("timeline: the figures on the axis never touch, whatever the width and the length") {
  for (std::size_t width = 40; width < 130; ++width) {
    for (std::int64_t length = 900; length < 40'000 * s; length += length / 5) {
      const std::string axis = draw_timeline({{"a", 0, 0, 0, length}}, {.width = width})[0];
      CAPTURE(axis);
      CHECK(axis.size() <= width);
      for (std::size_t at = axis.find('s', 6); at + 1 < axis.size(); at = axis.find('s', at + 1))
        REQUIRE(axis[at + 1] == ' ');
    }
  }
}

TEST_CASE("timeline: a long label is cut and a narrow window still shows something") {
  CHECK(draw_timeline({{"a very long label indeed", 0, 0, 0, s}}, {.width = 10, .ascii = true}) ==
        lines{
            "task        0 ms      500 ms",
            "a very ...  ####################",
        });
}

TEST_CASE("timeline: a bar is never invisible and never leaves the chart") {
  CHECK(draw_timeline({{"a", 0, 0, 0, 0}, {"b", 0, 0, 0, 100}, {"c", 0, 100, 100, 100}},
                      {.width = 28, .ascii = true}) == lines{
                                                           "task  0 ns      50 ns     100 ns",
                                                           "a     #",
                                                           "b     ####################",
                                                           "c                        #",
                                                       });
}

TEST_CASE("timeline: slots are found from the times") {
  std::vector<timeline_bar> bars = course();
  std::vector<std::size_t> slots;
  for (timeline_bar& bar : bars) bar.slot = 0;
  assign_slots(bars);
  for (const timeline_bar& bar : bars) slots.push_back(bar.slot);
  CHECK(slots == std::vector<std::size_t>{1, 2, 2, 1, 2});
}

TEST_CASE("timeline: nothing to draw") { CHECK(draw_timeline({}, {}).empty()); }
