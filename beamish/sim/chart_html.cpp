// SPDX-License-Identifier: Apache-2.0
//
// The chart as a page that needs nothing else: an SVG drawing, and a script for pointing at things.
// tested in: chart_test.cpp
#include <algorithm>
#include <string_view>

#include "beamish/sim/chart.hpp"
#include "beamish/sim/chart_page.hpp"

namespace beamish::inline v0::sim {

namespace {

using kind = chart_row::kind;

constexpr int gutter = 120, row_height = 26, top = 14, head_height = 28;
constexpr std::size_t most_rows = 4000;

std::string escaped(std::string_view text) {
  std::string safe;
  for (char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
  }
  return safe;
}

std::string shortened(const std::string& text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most - 1;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "\xe2\x80\xa6";
}

std::string attribute(const char* name, int value) {
  return std::string(" ") + name + "=\"" + std::to_string(value) + "\"";
}

class page {
 public:
  explicit page(const chart& c) : chart_(c) {
    first_ = c.rows.size() > most_rows ? c.rows.size() - most_rows : 0;
    lane_width_ = c.columns > 14 ? 110 : c.columns > 8 ? 140 : 180;
  }

  std::string make() {
    head();
    names();
    const int width = gutter + std::max(2, chart_.columns) * lane_width_ + 220;
    const int height = y_of(chart_.rows.size()) + 40;
    out_ += "<svg id=\"chart\" class=\"scaled\" viewBox=\"0 0 " + std::to_string(width) + " " +
            std::to_string(height) + "\" xmlns=\"http://www.w3.org/2000/svg\">\n";
    for (std::size_t i = 0; i < chart_.lanes.size(); ++i) lane(i);
    for (std::size_t i = first_; i < chart_.rows.size(); ++i) turn(i);
    for (std::size_t i = first_; i < chart_.rows.size(); ++i) row(i);
    out_ += "</svg>\n";
    out_ += chart_page::script;
    return std::move(out_);
  }

 private:
  int y_of(std::size_t row) const {
    return top + row_height / 2 + static_cast<int>(std::max(row, first_) - first_) * row_height;
  }
  int x_of(int lane) const {
    if (lane < 0) return gutter - 6;
    return gutter + lane_width_ / 2 + chart_.lanes[std::size_t(lane)].column * lane_width_;
  }
  std::size_t end_of(const chart_lane& lane) const {
    return lane.ended == chart_row::none ? chart_.rows.size() - 1 : lane.ended;
  }

  void head() {
    out_ = chart_page::begin;
    out_ += escaped(chart_.title);
    out_ += chart_page::tools;
    out_ += "<h1>" + escaped(chart_.title) + "</h1>\n";
    out_ += chart_.failure.empty()
                ? std::string("<p class=\"verdict well\">All went well.</p>")
                : "<p class=\"verdict\">Fails: " + escaped(chart_.failure) + "</p>";
    if (first_ != 0) {
      out_ += "<p>Of " + std::to_string(chart_.rows.size()) + " rows, these are the last " +
              std::to_string(most_rows) + ".</p>";
    }
    out_ += chart_page::legend;
  }

  // Stays at the top of the window; the script shows the names of those that live there.
  void names() {
    const int width = gutter + std::max(2, chart_.columns) * lane_width_ + 220;
    out_ += "<div id=\"names\"><svg class=\"scaled\" viewBox=\"0 0 " + std::to_string(width) + " " +
            std::to_string(head_height) + "\" xmlns=\"http://www.w3.org/2000/svg\">\n";
    for (std::size_t i = 0; i < chart_.lanes.size(); ++i) {
      const chart_lane& lane = chart_.lanes[i];
      out_ += "<g data-key=\"l" + std::to_string(i) + "\"" +
              attribute("data-from", y_of(lane.born)) + attribute("data-to", y_of(end_of(lane))) +
              "><text" + attribute("x", x_of(static_cast<int>(i))) + " y=\"19\">" +
              escaped(title_of(lane, 24)) + "</text></g>\n";
    }
    out_ += "</svg></div>\n";
  }

  static std::string title_of(const chart_lane& lane, std::size_t most) {
    const bool both = lane.name != lane.known_as && !lane.known_as.empty();
    return shortened(both ? lane.name + " " + lane.known_as : lane.name, most);
  }

  void lane(std::size_t i) {
    const chart_lane& lane = chart_.lanes[i];
    if (end_of(lane) < first_) return;
    const int x = x_of(static_cast<int>(i));
    out_ += "<line class=\"lane stay\" data-of=\"l" + std::to_string(i) + "\"" +
            attribute("x1", x) + attribute("x2", x) + attribute("y1", y_of(lane.born)) +
            attribute("y2", y_of(end_of(lane))) + "/>\n";
  }

  // A process runs from the row in which its turn begins to its last row of that step.
  void turn(std::size_t i) {
    const chart_row& r = chart_.rows[i];
    if (r.turn_of < 0) return;
    std::size_t last = i;
    while (r.turn_of == r.who && last + 1 < chart_.rows.size() &&
           chart_.rows[last + 1].step == r.step && chart_.rows[last + 1].what != kind::failure) {
      ++last;
    }
    out_ += "<rect class=\"turn stay\" data-of=\"l" + std::to_string(r.turn_of) +
            "\" rx=\"2\" width=\"8\"" + attribute("x", x_of(r.turn_of) - 4) +
            attribute("y", y_of(i) - 9) + attribute("height", y_of(last) - y_of(i) + 18) + "/>\n";
  }

  // Who sees this row when somebody looks at one message or one process.
  std::string keys(std::size_t i) const {
    const chart_row& r = chart_.rows[i];
    std::string all = "m" + std::to_string(message_of(i));
    for (int lane : {r.who, r.whom}) {
      if (lane >= 0) all += " l" + std::to_string(lane);
    }
    return all;
  }
  std::size_t message_of(std::size_t i) const {
    const chart_row& r = chart_.rows[i];
    return r.what == kind::arrive && r.pair != chart_row::none ? r.pair : i;
  }

  void row(std::size_t i) {
    const chart_row& r = chart_.rows[i];
    const int y = y_of(i);
    out_ += r.what == kind::failure ? "<g id=\"fails\" class=\"row on\"" : "<g class=\"row\"";
    out_ += " data-of=\"" + keys(i) + "\" data-key=\"m" + std::to_string(message_of(i)) +
            "\" data-words=\"" + escaped(words_of(i)) + "\"><title>" + escaped(words_of(i)) +
            "</title>";
    out_ += "<rect class=\"hit\" x=\"0\" width=\"100%\"" + attribute("y", y - row_height / 2) +
            attribute("height", row_height) + "/>";
    const bool same_step = i > first_ && chart_.rows[i - 1].step == r.step;
    const bool same_time = i > first_ && chart_.rows[i - 1].time == r.time;
    if (!same_step)
      out_ += "<text class=\"step\" x=\"38\"" + attribute("y", y + 4) + ">" +
              std::to_string(r.step) + "</text>";
    if (!same_time)
      out_ += "<text class=\"time\" x=\"108\"" + attribute("y", y + 4) + ">" + short_time(r.time) +
              "</text>";
    draw(i, r, y);
    out_ += "</g>\n";
  }

  std::string words_of(std::size_t i) const {
    const chart_row& r = chart_.rows[i];
    return "step " + std::to_string(r.step) + ", " + short_time(r.time) + ": " +
           sentence(chart_, r);
  }

  void draw(std::size_t i, const chart_row& r, int y) {
    switch (r.what) {
      case kind::run:
        return;
      case kind::spawn:
        return draw_spawn(r, y);
      case kind::send:
        return draw_way(r, y, r.pair == chart_row::none ? y : y_of(r.pair));
      case kind::arrive:
        // Its arrow was drawn where it was sent.
        if (r.pair == chart_row::none || r.pair < first_) draw_way(r, y, y);
        return;
      case kind::pass:
        return draw_way(r, y, y);
      case kind::timer:
        return tag("timer", x_of(r.whom), y, "\xe2\x97\xb7 " + r.text);
      case kind::exit:
        return draw_end(r, y);
      case kind::note:
        return tag("note", x_of(r.who), y, r.text);
      case kind::fault:
        return tag("fault", x_of(r.who), y, r.text);
      case kind::work:
        return r.whom < 0 ? tag("work", x_of(r.who), y, r.text) : draw_way(r, y, y);
      case kind::failure:
        return draw_failure(r, y);
      case kind::fold:
        return draw_fold(r, y, i);
    }
  }

  void text(const char* style, int x, int y, const std::string& what, std::size_t most = 60) {
    out_ += std::string("<text class=\"") + style + "\"" + attribute("x", x) + attribute("y", y) +
            ">" + escaped(shortened(what, most)) + "</text>";
  }

  void line(const char* style, int x1, int y1, int x2, int y2) {
    out_ += std::string("<line class=\"") + style + "\"" + attribute("x1", x1) +
            attribute("y1", y1) + attribute("x2", x2) + attribute("y2", y2) + "/>";
  }

  void draw_spawn(const chart_row& r, int y) {
    const int x = x_of(r.whom), half = lane_width_ / 2 - 8;
    line("spawns", x_of(r.who), y, x, y);
    const chart_lane& lane = chart_.lanes[std::size_t(std::max(r.whom, 0))];
    out_ += "<g class=\"box\" data-key=\"l" + std::to_string(r.whom) +
            "\"><rect rx=\"4\" height=\"20\"" + attribute("x", x - half) + attribute("y", y - 10) +
            attribute("width", 2 * half) + "/>";
    text("", x, y + 4, title_of(lane, static_cast<std::size_t>(half) / 4));
    out_ += "</g>";
  }

  void draw_way(const chart_row& r, int y, int to_y) {
    const int a = x_of(r.who), b = x_of(r.whom);
    const std::size_t most = static_cast<std::size_t>(std::max(lane_width_, std::abs(b - a))) / 7;
    const bool arrives = r.pair != chart_row::none || r.what != kind::send;
    if (a == b) {
      out_ += "<path class=\"way\" d=\"M" + std::to_string(a) + " " + std::to_string(y - 5) +
              " h22 v10 h-18\"/>";
      tip(a + 4, y + 5, a + 14, y + 5);
      return text("say left", a + 28, y + 4, r.text, 40);
    }
    const int end = arrives ? b : (a + b) / 2;
    line(arrives ? "way" : "way open", a, y, end, to_y);
    if (arrives) tip(b, to_y, a, y);
    text("say", a + (end - a) * 5 / 8, y + (to_y - y) * 5 / 8 - 4,
         arrives ? r.text : r.text + " \xe2\x80\xa6", most);
  }

  // The head of an arrow that comes from (from_x, from_y).
  void tip(int x, int y, int from_x, int from_y) {
    const double dx = x - from_x, dy = y - from_y;
    const double length = std::max(1.0, std::abs(dx) + std::abs(dy));
    const int bx = x - static_cast<int>(9 * dx / length),
              by = y - static_cast<int>(9 * dy / length);
    const int nx = static_cast<int>(4 * dy / length), ny = static_cast<int>(4 * dx / length);
    out_ += "<polygon class=\"tip\" points=\"" + std::to_string(x) + "," + std::to_string(y) + " " +
            std::to_string(bx - nx) + "," + std::to_string(by + ny) + " " +
            std::to_string(bx + nx) + "," + std::to_string(by - ny) + "\"/>";
  }

  void tag(const char* style, int x, int y, const std::string& what) {
    const bool plain = std::string_view(style) == "timer" || std::string_view(style) == "work";
    const std::string shown = shortened(what, 60);
    if (plain) return text("say left", x + 8, y + 4, shown);
    out_ += std::string("<g class=\"") + style + "\"><rect rx=\"9\" height=\"19\"" +
            attribute("x", x - 9) + attribute("y", y - 10) +
            attribute("width", 24 + static_cast<int>(shown.size()) * 7) + "/>";
    text("", x + 2, y + 4, shown);
    out_ += "</g>";
  }

  void draw_end(const chart_row& r, int y) {
    const int x = x_of(r.who);
    out_ += "<g class=\"ends\">";
    line("", x - 6, y - 6, x + 6, y + 6);
    line("", x - 6, y + 6, x + 6, y - 6);
    text("", x + 12, y + 4, r.text, 40);
    out_ += "</g>";
  }

  void draw_failure(const chart_row& r, int y) {
    out_ +=
        "<rect x=\"0\" width=\"100%\"" + attribute("y", y - 12) + attribute("height", 24) + "/>";
    text("", gutter, y + 5, "FAILS  " + r.text, 200);
  }

  void draw_fold(const chart_row& r, int y, std::size_t) {
    out_ += "<g class=\"fold\"><rect x=\"0\" width=\"100%\"" + attribute("y", y - 12) +
            attribute("height", 24) + "/>";
    text("", gutter, y + 4, "\xe2\x8b\xae " + r.text, 100);
    out_ += "</g>";
  }

  const chart& chart_;
  std::size_t first_ = 0;
  int lane_width_ = 180;
  std::string out_;
};

}  // namespace

std::string chart_html(chart c) {
  fold_repeats(c);
  return page(c).make();
}

}  // namespace beamish::inline v0::sim
