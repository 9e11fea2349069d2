// SPDX-License-Identifier: Apache-2.0
// Two task handlers side by side: what each place of each did when, and what came of it.
//
//   compare_side side{.title = "as taught", .limit = 2, .total = 5};
//   side.begin(0, 10 * ms);                // its first task starts
//   side.end(0, 310 * ms);
//   draw_side(side, {.now_ns = 400 * ms, .length_ns = second, .width = 60});
//
// Tasks take the lowest place that is free; successive tasks of a place are drawn in two shades.
// Pure values and functions: who has the events owns the sides.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace beamish::apps {

class compare_side {
 public:
  compare_side(std::string title, std::size_t limit, std::size_t total);

  // Times count from the moment when the tasks were added.
  void begin(std::size_t task, std::int64_t at_ns);
  void end(std::size_t task, std::int64_t at_ns);

  struct run {
    std::size_t task = 0;
    std::size_t place = 0;
    std::int64_t begin_ns = 0;
    std::int64_t end_ns = -1;  // -1: it still runs
  };
  const std::string& title() const { return title_; }
  const std::vector<run>& runs() const { return runs_; }  // in the order of their starts
  std::size_t limit() const { return limit_; }
  std::size_t total() const { return total_; }
  std::size_t done() const { return done_; }
  std::size_t running() const { return runs_.size() - done_; }
  bool complete() const { return done_ == total_; }
  std::int64_t last_end_ns() const { return last_end_ns_; }
  // How many ran on average while something was to do.
  double concurrency() const;

 private:
  std::string title_;
  std::size_t limit_;
  std::size_t total_;
  std::vector<run> runs_;
  std::vector<bool> taken_;
  std::size_t done_ = 0;
  std::int64_t last_end_ns_ = 0;
};

struct chart_style {
  std::int64_t now_ns = 0;
  std::int64_t length_ns = 1;  // of the time that the width stands for
  std::size_t width = 80;
  bool ascii = false;
};

// A headline, and a row for each place.
std::vector<std::string> draw_side(const compare_side& side, const chart_style& style);

// The numbers of the tasks in the order of their starts, cut to the width: 1 2 3 8 7 ...
std::string start_order(const compare_side& side, std::size_t width, bool ascii);

}  // namespace beamish::apps
