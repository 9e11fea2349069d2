// SPDX-License-Identifier: Apache-2.0
#include "apps/compare/chart.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>

#include "apps/terminal/text.hpp"

namespace beamish::apps {
namespace {

std::string one_decimal(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", number);
  return text;
}

std::string headline(const compare_side& side, std::int64_t now_ns) {
  const std::int64_t time = side.complete() ? side.last_end_ns() : now_ns;
  return side.title() + ": " + std::to_string(side.done()) + " of " + std::to_string(side.total()) +
         " done" + (side.complete() ? " in " : ", ") + duration_text(time) + ", " +
         one_decimal(side.concurrency()) + " of " + std::to_string(side.limit()) +
         " places used on average";
}

// Which glyph a cell of a place shows: 0 idle, 1 and 2 the two shades.
std::vector<int> cells_of(const compare_side& side, std::size_t place, const chart_style& style,
                          std::size_t width) {
  std::vector<int> cells(width, 0);
  const auto cell = [&](std::int64_t at) {
    const double part = static_cast<double>(at) / static_cast<double>(style.length_ns);
    return std::min(static_cast<std::size_t>(part * static_cast<double>(width)), width - 1);
  };
  int shade = 1;
  for (const compare_side::run& run : side.runs()) {
    if (run.place != place) continue;
    const std::int64_t end = run.end_ns < 0 ? style.now_ns : run.end_ns;
    const std::size_t last = std::max(cell(end), cell(run.begin_ns) + 1);
    for (std::size_t i = cell(run.begin_ns); i < std::min(last, width); ++i) cells[i] = shade;
    shade = 3 - shade;
  }
  return cells;
}

}  // namespace

compare_side::compare_side(std::string title, std::size_t limit, std::size_t total)
    : title_(std::move(title)), limit_(limit), total_(total) {}

void compare_side::begin(std::size_t task, std::int64_t at_ns) {
  const auto free = std::find(taken_.begin(), taken_.end(), false);
  const auto place = static_cast<std::size_t>(free - taken_.begin());
  if (free == taken_.end()) taken_.push_back(false);
  taken_[place] = true;
  runs_.push_back({task, place, at_ns, -1});
}

void compare_side::end(std::size_t task, std::int64_t at_ns) {
  const auto at = std::find_if(runs_.begin(), runs_.end(),
                               [&](const run& r) { return r.task == task && r.end_ns < 0; });
  if (at == runs_.end()) return;
  at->end_ns = at_ns;
  taken_[at->place] = false;
  ++done_;
  last_end_ns_ = std::max(last_end_ns_, at_ns);
}

double compare_side::concurrency() const {
  double work = 0;
  std::int64_t last = 0;
  for (const run& r : runs_) {
    if (r.end_ns < 0) continue;
    work += static_cast<double>(r.end_ns - r.begin_ns);
    last = std::max(last, r.end_ns);
  }
  return last == 0 ? 0 : work / static_cast<double>(last);
}

std::vector<std::string> draw_side(const compare_side& side, const chart_style& style) {
  std::vector<std::string> lines{cut(headline(side, style.now_ns), style.width, style.ascii)};
  const std::size_t number_width = std::to_string(side.limit()).size();
  const std::size_t taken = number_width + 2;
  const std::size_t width = style.width > taken + 10 ? style.width - taken : 10;
  const std::string_view glyphs[] = {" ", style.ascii ? "#" : "\u2588",
                                     style.ascii ? "=" : "\u2593"};
  for (std::size_t place = 0; place < side.limit(); ++place) {
    std::string line = pad_left(std::to_string(place + 1), number_width) + "  ";
    for (const int glyph : cells_of(side, place, style, width)) line += glyphs[glyph];
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string start_order(const compare_side& side, std::size_t width, bool ascii) {
  // Those of one millisecond in the order of their numbers: they start side by side.
  const auto place = [](const compare_side::run& r) {
    return std::pair(r.begin_ns / 1'000'000, r.task);
  };
  std::vector<compare_side::run> runs = side.runs();
  std::sort(runs.begin(), runs.end(),
            [&](const auto& a, const auto& b) { return place(a) < place(b); });
  std::string text;
  for (const compare_side::run& r : runs) {
    text += (text.empty() ? "" : " ") + std::to_string(r.task + 1);
  }
  return cut(text, width, ascii);
}

}  // namespace beamish::apps
