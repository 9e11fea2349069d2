// SPDX-License-Identifier: Apache-2.0
//
// The chart for a terminal: a column for each process that lives, and a sentence for each row.
// tested in: chart_test.cpp
#include <algorithm>
#include <string_view>

#include "beamish/sim/chart.hpp"

namespace beamish::inline v0::sim {

namespace {

using kind = chart_row::kind;

struct glyphs {
  const char *line, *cross, *across, *turn, *start, *stay, *back, *right, *left, *born_right,
      *born_left;
  const char *end, *note, *fault, *timer, *fold, *rule;
};
constexpr glyphs utf8_glyphs = {"│", "┼", "─", "●", "○", "├", "┤", "▶", "◀",
                                "╮", "╭", "×", "◆", "!", "◷", "┊", "━"};
constexpr glyphs ascii_glyphs = {"|", "+", "-", "*", "o", "+", "+", ">", "<",
                                 ".", ".", "x", "#", "!", "@", ":", "="};

constexpr unsigned step_width = 5, time_width = 9;

std::size_t shown_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// At most so many characters, the last of them dots.
std::string cut(std::string text, std::size_t width) {
  if (shown_width(text) <= width) return text;
  std::size_t end = 0, shown = 0;
  while (end < text.size() && (shown + 3 < width || (text[end] & 0xc0) == 0x80)) {
    shown += (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80 ? 1 : 0;
    ++end;
  }
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
  return text.substr(0, end) + "...";
}

std::string right(std::string text, std::size_t width) {
  const std::size_t shown = shown_width(text);
  return shown < width ? std::string(width - shown, ' ') + text : text;
}

class painter {
 public:
  painter(const chart& c, const chart_style& style)
      : chart_(c), style_(style), glyph_(style.ascii ? ascii_glyphs : utf8_glyphs) {
    // At least half of the width belongs to the sentences.
    const unsigned room = std::max(20u, style.width) / 2 - 10;
    gap_ = static_cast<unsigned>(c.columns) * 3 <= room ? 3 : 2;
    columns_ = std::min(static_cast<unsigned>(c.columns), room / gap_);
    live_.resize(columns_, false);
  }

  std::string paint() {
    head();
    for (std::size_t i = 0; i < chart_.rows.size(); ++i) row(i);
    return std::move(out_);
  }

 private:
  std::size_t column(int lane) const {
    return lane < 0 ? columns_ : static_cast<std::size_t>(chart_.lanes[std::size_t(lane)].column);
  }
  bool shown(std::size_t column) const { return column < columns_; }

  // The processes whose numbers stand in the sentences, then what the signs mean.
  void head() {
    wrapped(chart_.title, "");
    if (!chart_.failure.empty()) wrapped("FAILS: " + chart_.failure, "       ");
    out_ += "\n";
    std::string line = "processes:";
    for (const chart_lane& lane : chart_.lanes) {
      std::string one = " " + lane.number + (lane.known_as.empty() ? "" : " " + lane.known_as) +
                        (&lane == &chart_.lanes.back() ? "" : ",");
      if (shown_width(line) + shown_width(one) > style_.width) {
        out_ += line + "\n";
        line = "          ";
      }
      line += one;
    }
    out_ += line + "\n";
    const glyphs& g = glyph_;
    const std::string legend[] = {std::string(g.turn) + " runs",
                                  std::string(g.start) + " sends",
                                  std::string(g.across) + g.right + " arrives",
                                  std::string(g.timer) + " timer",
                                  std::string(g.end) + " ends",
                                  std::string(g.note) + " the test says",
                                  std::string(g.fault) + " fault"};
    line = "signs:";
    for (const std::string& one : legend) line += "  " + one;
    out_ += cut(line, style_.width) + "\n\n";
    out_ += right("step", step_width) + right("time", time_width) + "\n";
  }

  // Breaks the text at blanks; further lines are indented.
  void wrapped(std::string text, const std::string& indent) {
    while (shown_width(text) > style_.width) {
      const std::size_t blank = text.rfind(' ', style_.width);
      if (blank == text.npos || blank <= indent.size()) break;
      out_ += text.substr(0, blank) + "\n";
      text = indent + text.substr(blank + 1);
    }
    out_ += text + "\n";
  }

  void row(std::size_t i) {
    const chart_row& r = chart_.rows[i];
    std::string line = r.step == step_ && i != 0 ? std::string(step_width, ' ')
                                                 : right(std::to_string(r.step), step_width);
    line += right(r.time == time_ && i != 0 ? "" : short_time(r.time), time_width) + "  ";
    step_ = r.step;
    time_ = r.time;
    std::string drawing;
    for (const std::string& cell : cells(r)) drawing += cell;
    const std::size_t used = step_width + time_width + 2 + shown_width(drawing);
    std::string text =
        cut(sentence(chart_, r), std::max<std::size_t>(style_.width, used + 10) - used);
    out_ += line + drawing + colored(r, std::move(text)) + "\n";
    live_now(r);
  }

  std::string colored(const chart_row& r, std::string text) const {
    if (!style_.color) return text;
    const char* code = r.what == kind::failure                        ? "\x1b[1;31m"
                       : r.what == kind::fault                        ? "\x1b[31m"
                       : r.what == kind::note                         ? "\x1b[1;36m"
                       : r.what == kind::exit || r.what == kind::fold ? "\x1b[2m"
                                                                      : nullptr;
    return code == nullptr ? text : code + std::move(text) + "\x1b[0m";
  }

  std::vector<std::string> cells(const chart_row& r) const {
    std::vector<std::string> cell(std::size_t{columns_} * gap_, " ");
    for (std::size_t c = 0; c < columns_; ++c) {
      if (live_[c]) cell[c * gap_] = r.what == kind::fold ? glyph_.fold : glyph_.line;
    }
    if (r.what == kind::failure) {
      std::fill(cell.begin(), cell.end(), glyph_.rule);
      if (!cell.empty()) cell.back() = " ";
      return cell;
    }
    draw(r, column(r.who), column(r.whom), cell);
    return cell;
  }

  void draw(const chart_row& r, std::size_t who, std::size_t whom,
            std::vector<std::string>& cell) const {
    const auto put = [&](std::size_t column, const char* sign) {
      if (shown(column)) cell[column * gap_] = sign;
    };
    const bool between = r.what == kind::spawn || r.what == kind::arrive || r.what == kind::pass ||
                         (r.what == kind::work && r.whom >= 0);
    if (between && shown(who) && shown(whom) && who != whom) across(who, whom, cell);
    const bool forth = who < whom || !shown(who);
    if (r.what == kind::arrive || r.what == kind::pass || r.what == kind::work)
      put(whom, who == whom ? glyph_.turn : forth ? glyph_.right : glyph_.left);
    if (r.what == kind::spawn) put(whom, forth ? glyph_.born_right : glyph_.born_left);
    if (r.what == kind::timer) put(whom, glyph_.timer);
    if (r.what == kind::arrive && who != whom)
      return put(who, !shown(who) || !live_[who] ? glyph_.across
                      : forth                    ? glyph_.stay
                                                 : glyph_.back);
    put(who, sign_of(r));
  }

  const char* sign_of(const chart_row& r) const {
    switch (r.what) {
      case kind::send:
        return glyph_.start;
      case kind::exit:
        return glyph_.end;
      case kind::note:
        return glyph_.note;
      case kind::fault:
        return glyph_.fault;
      case kind::timer:
        return r.who == r.whom ? glyph_.timer : glyph_.stay;
      default:
        return glyph_.turn;
    }
  }

  void across(std::size_t a, std::size_t b, std::vector<std::string>& cell) const {
    for (std::size_t at = std::min(a, b) * gap_ + 1; at < std::max(a, b) * gap_; ++at) {
      cell[at] = cell[at] == " " ? glyph_.across : glyph_.cross;
    }
  }

  void live_now(const chart_row& r) {
    if (r.what == kind::spawn && shown(column(r.whom))) live_[column(r.whom)] = true;
    if (r.what == kind::exit && shown(column(r.who))) live_[column(r.who)] = false;
  }

  const chart& chart_;
  const chart_style& style_;
  const glyphs& glyph_;
  unsigned gap_ = 3, columns_ = 0;
  std::vector<bool> live_;
  std::uint64_t step_ = 0;
  std::int64_t time_ = -1;
  std::string out_;
};

}  // namespace

std::string chart_text(chart c, const chart_style& style) {
  fold_repeats(c);
  return painter(c, style).paint();
}

}  // namespace beamish::inline v0::sim
