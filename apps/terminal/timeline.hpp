// SPDX-License-Identifier: Apache-2.0
// Draws what ran when: one row for each task, time from left to right.
//
//   timeline_bar bars[] = {{"first", 1, 0, 0, 3 * second}, {"second", 1, 0, 3 * second, ...}};
//   draw_timeline(bars, {.width = 60});
//
//   task    slot  0 s         1 s         2 s         3 s         4 s
//   first   1     ████████████████████████████████████
//   second  1     ····································████████████
//
// Dots are time in the queue. Every bar is at least one cell wide. The slot column is left out when
// no bar has one. Pure function: the same input gives the same lines.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace beamish::apps {

struct timeline_bar {
  std::string label;
  std::size_t slot = 0;  // from 1; 0 is none
  std::int64_t queued_ns = 0;
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
};

struct timeline_style {
  std::size_t width = 80;
  bool ascii = false;
};

// Gives each bar the lowest slot that is free when it starts.
void assign_slots(std::vector<timeline_bar>& bars);

// Times are taken relative to the earliest one. No bars give no lines.
std::vector<std::string> draw_timeline(const std::vector<timeline_bar>& bars,
                                       const timeline_style& style);

}  // namespace beamish::apps
