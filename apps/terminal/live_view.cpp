// SPDX-License-Identifier: Apache-2.0
#include "apps/terminal/live_view.hpp"

#include <algorithm>
#include <cmath>

#include "apps/terminal/text.hpp"

namespace beamish::apps {
namespace {

constexpr std::size_t most_rows = 16;
constexpr std::size_t widest_whole_bar = 24;
// What is beside it: its frame, the percentage, and a headline.
constexpr std::size_t beside_whole_bar = 11 + 52;
constexpr std::size_t row_bar = 10;

std::string repeated(std::string_view glyph, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += glyph;
  return text;
}

std::string colored(const char* color, std::string text, const live_style& style) {
  return style.color ? color + std::move(text) + "\x1B[0m" : text;
}

std::string bar(double part, std::size_t cells, const live_style& style) {
  const bool late = part > 1;
  const double shown = std::clamp(part, 0.0, 1.0) * static_cast<double>(cells);
  const auto full = static_cast<std::size_t>(std::lround(shown));
  const std::string filled = repeated(style.ascii ? "#" : "\u2588", full);
  const std::string rest = repeated(style.ascii ? "." : "\u2591", cells - full);
  return "[" + colored(late ? "\x1B[33m" : "\x1B[32m", filled, style) + rest + "]";
}

std::string unknown_bar(std::size_t cells) { return "[" + std::string(cells, ' ') + "]"; }

// `fixed` may hold colours and is never cut: it is left out where there is no room for it.
std::string fitted(const std::string& before, const std::string& fixed, const std::string& after,
                   std::size_t width, bool ascii) {
  const std::size_t used = text_width(before) + shown_width(fixed);
  if (used + 4 > width) return cut(before + after, std::max<std::size_t>(width, 3), ascii);
  return before + fixed + cut(after, width - used, ascii);
}

std::string percent(const live_picture& p) {
  const std::size_t part = p.total == 0 ? 100 : p.done * 100 / p.total;
  return pad_left(std::to_string(part), 3) + " %";
}

// By the width alone, lest it jump when a figure gets longer.
std::string whole_bar(double part, std::size_t width, const live_style& style) {
  const std::size_t room = width - std::min(width, beside_whole_bar);
  return room < 8 ? std::string() : bar(part, std::min(room, widest_whole_bar), style) + "  ";
}

}  // namespace

std::size_t shown_width(std::string_view line) {
  std::string plain;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '\x1B') {
      at = std::min(line.find('m', at), line.size() - 1);
    } else {
      plain.push_back(line[at]);
    }
  }
  return text_width(plain);
}

std::vector<std::string> live_lines(const live_picture& picture, const terminal_size& size,
                                    const live_style& style) {
  // The last column stays free: some terminals wrap there at once.
  const std::size_t width = std::max<std::size_t>(size.columns, 5) - 1;
  const double part = picture.total == 0
                          ? 1
                          : static_cast<double>(picture.done) / static_cast<double>(picture.total);
  std::vector<std::string> lines;
  lines.push_back(fitted("", whole_bar(part, width, style),
                         percent(picture) + "  " + picture.headline, width, style.ascii));
  if (!picture.details.empty() && size.rows > 4)
    lines.push_back(cut(picture.details, width, style.ascii));
  const std::size_t above = lines.size() + 2;
  const std::size_t room = std::min(size.rows > above + 1 ? size.rows - above : 1, most_rows);
  const bool all_fit = picture.rows.size() <= room;
  const std::size_t shown = all_fit ? picture.rows.size() : room - 1;
  std::size_t name_width = 1;
  for (std::size_t i = 0; i < shown; ++i)
    name_width = std::max(name_width, text_width(picture.rows[i].name));
  name_width = std::min(name_width, std::max<std::size_t>(width / 3, 3));
  for (std::size_t i = 0; i < shown; ++i) {
    const live_row& row = picture.rows[i];
    const std::string name = pad_left(cut(row.name, name_width, style.ascii), name_width) + "  ";
    const std::string drawn = row.part < 0 ? unknown_bar(row_bar) : bar(row.part, row_bar, style);
    lines.push_back(fitted(name, drawn + "  ", row.text, width, style.ascii));
  }
  if (!all_fit)
    lines.push_back(
        cut("and " + std::to_string(picture.rows.size() - shown) + " more", width, style.ascii));
  return lines;
}

}  // namespace beamish::apps
