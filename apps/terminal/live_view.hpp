// SPDX-License-Identifier: Apache-2.0
// The picture at the bottom of a terminal while something runs: a bar for the whole, a row for each
// task that runs, and no more of them than fit.
//
//   live_picture p{.done = 5, .total = 10, .headline = "5 of 10 done", .details = "limit 2"};
//   p.rows.push_back({.name = "6", .part = 0.5, .text = "make"});
//   live_lines(p, {.columns = 80, .rows = 24}, {.ascii = true});
//   // [########........]   50 %  5 of 10 done
//   // limit 2
//   // 6  [#####.....]  make
//
// The bar of the whole gives way to the headline, and is there from 72 columns on.
//
// Pure functions: who draws the lines (console.hpp) draws them anew some times a second, in the
// size that the terminal has by then.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apps/terminal/terminal.hpp"

namespace beamish::apps {

struct live_row {
  std::string name = {};
  double part = -1;  // of its bar; -1: nobody can tell how far it is, more than 1: late
  std::string text = {};
};

struct live_picture {
  std::size_t done = 0;
  std::size_t total = 0;
  std::string headline = {};
  std::string details = {};  // a line of its own, if it is not empty
  std::vector<live_row> rows = {};
};

struct live_style {
  bool ascii = false;
  bool color = false;
};

// Each line is narrower than the terminal, and there are fewer of them than it has rows.
std::vector<std::string> live_lines(const live_picture& picture, const terminal_size& size,
                                    const live_style& style);

// What the lines take on the screen: without the sequences that set colours.
std::size_t shown_width(std::string_view line);

}  // namespace beamish::apps
