// SPDX-License-Identifier: Apache-2.0
#include "apps/terminal/timeline.hpp"

#include <algorithm>
#include <cmath>

#include "apps/terminal/text.hpp"

namespace beamish::apps {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::size_t least_chart = 20;
constexpr std::size_t cells_between_ticks = 7;
constexpr std::size_t last_tick_label = 6;

// The part of time that the chart shows, and how it maps to cells.
struct scale {
  std::int64_t origin = 0;
  std::int64_t length = 1;
  std::size_t cells = 1;

  std::size_t cell(std::int64_t time) const {
    const double part = static_cast<double>(time - origin) / static_cast<double>(length);
    return static_cast<std::size_t>(std::lround(part * static_cast<double>(cells)));
  }
};

scale scale_of(const std::vector<timeline_bar>& bars, std::size_t cells) {
  std::int64_t first = bars[0].queued_ns;
  std::int64_t last = bars[0].end_ns;
  for (const timeline_bar& bar : bars) {
    first = std::min({first, bar.queued_ns, bar.start_ns});
    last = std::max(last, bar.end_ns);
  }
  return {first, std::max<std::int64_t>(last - first, 1), cells};
}

std::string tick_label(std::int64_t time, std::int64_t step) {
  if (step >= second) return std::to_string(time / second) + " s";
  if (step >= second / 1000) return std::to_string(time / (second / 1000)) + " ms";
  if (step >= 1000) return std::to_string(time / 1000) + " us";
  return std::to_string(time) + " ns";
}

// The smallest of 1, 2, 5, 10, 20 ... units that leaves room for a label and a blank at each tick.
std::int64_t tick_step(const scale& s) {
  const double cell = static_cast<double>(s.length) / static_cast<double>(s.cells);
  for (std::int64_t power = 1;; power *= 10) {
    for (const std::int64_t factor : {1, 2, 5}) {
      const std::int64_t step = power * factor;
      const std::size_t longest = tick_label(s.length / step * step, step).size();
      const std::size_t cells = std::max(cells_between_ticks, longest + 1);
      if (static_cast<double>(step) >= cell * static_cast<double>(cells)) return step;
    }
  }
}

// The last label may reach over the end of the chart, as far as there is room for it.
std::string axis(const scale& s) {
  std::string line;
  const std::int64_t step = tick_step(s);
  for (std::int64_t time = 0; time <= s.length; time += step) {
    const std::string label = tick_label(time, step);
    const std::size_t at = s.cell(s.origin + time);
    if (at + label.size() > s.cells + last_tick_label) break;
    line.resize(at, ' ');
    line += label;
  }
  return line;
}

void repeat(std::string& line, const char* glyph, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) line += glyph;
}

std::string row(const timeline_bar& bar, const scale& s, bool ascii) {
  const std::size_t queued = s.cell(bar.queued_ns);
  const std::size_t start = std::min(std::max(s.cell(bar.start_ns), queued), s.cells - 1);
  const std::size_t end = std::max(s.cell(bar.end_ns), start + 1);
  std::string line(std::min(queued, start), ' ');
  repeat(line, ascii ? "." : "\u00B7", start - std::min(queued, start));
  repeat(line, ascii ? "#" : "\u2588", end - start);
  return line;
}

}  // namespace

void assign_slots(std::vector<timeline_bar>& bars) {
  std::vector<timeline_bar*> by_start;
  for (timeline_bar& bar : bars) by_start.push_back(&bar);
  const auto earlier = [](const timeline_bar* a, const timeline_bar* b) {
    return a->start_ns != b->start_ns ? a->start_ns < b->start_ns : a < b;
  };
  std::sort(by_start.begin(), by_start.end(), earlier);
  std::vector<std::int64_t> free_from;
  for (timeline_bar* const bar : by_start) {
    const auto is_free = [&](std::int64_t time) { return time <= bar->start_ns; };
    const auto slot = std::find_if(free_from.begin(), free_from.end(), is_free);
    bar->slot = static_cast<std::size_t>(slot - free_from.begin()) + 1;
    if (slot == free_from.end()) free_from.push_back(bar->end_ns);
    free_from[bar->slot - 1] = bar->end_ns;
  }
}

std::vector<std::string> draw_timeline(const std::vector<timeline_bar>& bars,
                                       const timeline_style& style) {
  if (bars.empty()) return {};
  bool slots = false;
  std::size_t longest = 4;
  for (const timeline_bar& bar : bars) {
    slots = slots || bar.slot != 0;
    longest = std::max(longest, text_width(bar.label));
  }
  const std::size_t slot_column = slots ? 6 : 0;
  const std::size_t others = slot_column + 2 + last_tick_label;
  const std::size_t room = style.width > others + least_chart ? style.width - others : least_chart;
  const std::size_t label_column = std::min(longest, std::max<std::size_t>(room / 2, 4));
  const scale s = scale_of(bars, std::max(room - std::min(room, label_column), least_chart));

  std::vector<std::string> lines;
  lines.push_back(pad_right("task", label_column) + "  " + (slots ? "slot  " : "") + axis(s));
  for (const timeline_bar& bar : bars) {
    std::string line = pad_right(cut(bar.label, label_column, style.ascii), label_column) + "  ";
    if (slots) line += pad_right(bar.slot == 0 ? "-" : std::to_string(bar.slot), slot_column);
    lines.push_back(line + row(bar, s, style.ascii));
  }
  return lines;
}

}  // namespace beamish::apps
