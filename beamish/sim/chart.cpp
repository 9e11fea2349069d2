// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/chart.hpp"

#include <algorithm>
#include <cstdio>
#include <deque>
#include <map>
#include <utility>

namespace beamish::inline v0::sim {

namespace {

using kind = chart_row::kind;

class maker {
 public:
  maker(const std::string& title, const verdict& v) : verdict_(v) {
    chart_.title = title;
    name_lanes();
  }

  chart make() {
    for (const trace_event& e : verdict_.events) add(e);
    add_failure();
    merge();
    place();
    return std::move(chart_);
  }

 private:
  void name_lanes() {
    std::map<std::string, int> times;
    for (const auto& p : verdict_.people) ++times[short_call(p.known_as)];
    for (const auto& p : verdict_.people) {
      chart_lane lane;
      lane.number = p.name;
      lane.known_as = short_call(p.known_as);
      lane.name = times[lane.known_as] == 1 ? lane.known_as : p.name;
      lanes_[p.name] = static_cast<int>(chart_.lanes.size());
      chart_.lanes.push_back(std::move(lane));
    }
  }

  int lane_of(const std::string& name) const {
    const auto at = lanes_.find(name);
    return at == lanes_.end() ? chart_row::nobody : at->second;
  }

  void add(const trace_event& e) {
    chart_row r;
    r.step = e.step;
    r.time = e.time;
    r.who = lane_of(e.who);
    r.whom = lane_of(e.whom);
    r.word = e.word;
    r.text = e.detail.empty() ? e.word : e.detail;
    if (e.what == "send") return add_sent(e, std::move(r));
    if (e.what == "arrive") return add_arrived(std::move(r));
    if (e.what == "spawn") {
      r.what = kind::spawn;
      std::swap(r.who, r.whom);
      r.text = e.detail;
    } else if (e.what == "exit") {
      r.what = kind::exit;
    } else if (e.what == "note") {
      r.what = kind::note;
    } else if (e.what == "fault") {
      r.what = kind::fault;
      r.text = e.word + (e.detail.empty() ? "" : " " + e.detail);
    } else if (e.what == "run") {
      r.turn_of = r.who;
    } else {
      r.what = kind::work;
      r.text = e.what == "inline" ? "calls inside" : e.what;
    }
    chart_.rows.push_back(std::move(r));
  }

  void add_sent(const trace_event& e, chart_row r) {
    using way = trace_event::way;
    r.what = e.travels == way::by_timer  ? kind::timer
             : e.travels == way::at_once ? kind::pass
                                         : kind::send;
    if (e.travels == way::lost) r.text += " (lost)";
    if (e.travels == way::under_way) under_way_[{r.who, r.whom}].push_back(chart_.rows.size());
    chart_.rows.push_back(std::move(r));
  }

  // Signals of one pair arrive in the order of their sending.
  void add_arrived(chart_row r) {
    r.what = kind::arrive;
    auto& sent = under_way_[{r.who, r.whom}];
    if (!sent.empty()) {
      r.pair = sent.front();
      sent.pop_front();
      chart_.rows[r.pair].pair = chart_.rows.size();
      r.text = chart_.rows[r.pair].text;
    }
    chart_.rows.push_back(std::move(r));
  }

  void add_failure() {
    if (verdict_.complaints.empty()) return;
    chart_row r;
    r.what = kind::failure;
    r.step = verdict_.steps;
    r.time = verdict_.elapsed.count();
    r.text = std::string(name_of(verdict_.kind)) + ": " + verdict_.complaints.front();
    chart_.failure = r.text;
    chart_.rows.push_back(std::move(r));
  }

  // A turn and the first thing that it does are one row, or it and what the process got right
  // before; a signal that arrives in the row after that of its sending passes.
  void merge() {
    std::vector<chart_row> rows;
    std::vector<std::size_t> moved(chart_.rows.size());
    for (std::size_t i = 0; i < chart_.rows.size(); ++i) {
      chart_row& r = chart_.rows[i];
      if (!rows.empty() && is_effect(rows.back(), r)) {
        r.turn_of = r.who;
        rows.pop_back();
      }
      const bool passes = r.what == kind::arrive && i != 0 && r.pair == i - 1;
      if (passes) {
        rows.back().what = kind::pass;
        rows.back().pair = chart_row::none;
      }
      const bool only_runs = r.what == kind::run && !rows.empty() && has_got(rows.back(), r.who) &&
                             !(i + 1 < chart_.rows.size() && is_effect(r, chart_.rows[i + 1]));
      if (only_runs) rows.back().turn_of = r.who;
      if (!passes && !only_runs) rows.push_back(std::move(r));
      moved[i] = rows.size() - 1;
    }
    for (chart_row& r : rows) {
      if (r.pair != chart_row::none) r.pair = moved[r.pair];
    }
    chart_.rows = std::move(rows);
  }

  static bool is_effect(const chart_row& run, const chart_row& r) {
    return run.what == kind::run && r.step == run.step && r.who == run.who && r.what != kind::run &&
           r.what != kind::failure;
  }
  static bool has_got(const chart_row& r, int who) {
    const bool brings = r.what == kind::arrive || r.what == kind::pass || r.what == kind::timer;
    return brings && r.whom == who && r.turn_of == chart_row::nobody;
  }

  // Each lane gets the first column that nobody has.
  void place() {
    std::vector<bool> taken;
    for (std::size_t i = 0; i < chart_.rows.size(); ++i) {
      const chart_row& r = chart_.rows[i];
      if (r.what == kind::spawn && r.whom >= 0) {
        chart_lane& lane = chart_.lanes[static_cast<std::size_t>(r.whom)];
        const auto free = std::find(taken.begin(), taken.end(), false);
        lane.column = static_cast<int>(free - taken.begin());
        free == taken.end() ? taken.push_back(true) : void(*free = true);
        lane.born = i;
      }
      if (r.what != kind::exit || r.who < 0) continue;
      chart_lane& lane = chart_.lanes[static_cast<std::size_t>(r.who)];
      lane.ended = i;
      taken[static_cast<std::size_t>(lane.column)] = false;
    }
    chart_.columns = static_cast<int>(taken.size());
  }

  const verdict& verdict_;
  chart chart_;
  std::map<std::string, int> lanes_;
  std::map<std::pair<int, int>, std::deque<std::size_t>> under_way_;
};

bool alike(const chart_row& a, const chart_row& b) {
  return a.what == b.what && a.who == b.who && a.whom == b.whom && a.word == b.word &&
         (a.what != kind::note || a.text == b.text);
}

bool may_repeat(const chart_row& r) {
  return r.what != kind::spawn && r.what != kind::exit && r.what != kind::fault &&
         r.what != kind::failure;
}

// How many rows from `at` on repeat the `period` rows before them.
std::size_t repeats_from(const std::vector<chart_row>& rows, std::size_t at, std::size_t period) {
  std::size_t count = 0;
  while (at + count < rows.size() && may_repeat(rows[at + count]) &&
         alike(rows[at + count], rows[at + count - period])) {
    ++count;
  }
  return count / period * period;
}

chart_row fold_of(const std::vector<chart_row>& rows, std::size_t at, std::size_t period,
                  std::size_t count) {
  const chart_row& last = rows[at + count - 1];
  chart_row r;
  r.what = kind::fold;
  r.step = last.step;
  r.time = last.time;
  r.text = (period == 1 ? std::string("the same") : "these " + std::to_string(period)) + " " +
           std::to_string(count / period) + " more times, to step " + std::to_string(last.step);
  return r;
}

}  // namespace

void fold_repeats(chart& c, std::size_t times) {
  constexpr std::size_t longest = 16;
  std::vector<chart_row> rows;
  std::vector<std::size_t> moved(c.rows.size());
  for (std::size_t i = 0; i < c.rows.size();) {
    std::size_t period = 1, count = 0;
    for (; period <= std::min(longest, i) && count < times * period; ++period) {
      count = repeats_from(c.rows, i, period);
      if (count >= times * period) break;
    }
    const bool folds = count >= times * period && count > 1 && period <= std::min(longest, i);
    const std::size_t end = folds ? i + count : i + 1;
    for (std::size_t k = i; k < end; ++k) moved[k] = rows.size();
    rows.push_back(folds ? fold_of(c.rows, i, period, count) : c.rows[i]);
    i = end;
  }
  // The other end of a signal may be in a folded row.
  for (chart_row& r : rows) {
    if (r.pair != chart_row::none) r.pair = moved[r.pair];
  }
  for (chart_lane& lane : c.lanes) {
    lane.born = moved.empty() ? 0 : moved[lane.born];
    if (lane.ended != chart_row::none) lane.ended = moved[lane.ended];
  }
  c.rows = std::move(rows);
}

namespace {

std::string name_in(const chart& c, int lane, const char* outside) {
  return lane < 0 ? outside : c.lanes[static_cast<std::size_t>(lane)].name;
}

std::string of_step(const chart& c, const chart_row& r) {
  return r.pair == chart_row::none ? "" : " (step " + std::to_string(c.rows[r.pair].step) + ")";
}

}  // namespace

std::string sentence(const chart& c, const chart_row& r) {
  const std::string who = name_in(c, r.who, "the outside"), whom = name_in(c, r.whom, "nobody");
  const bool to_itself = r.who == r.whom;
  switch (r.what) {
    case kind::run:
      return who + " runs";
    case kind::spawn:
      return who + " spawns " + whom + (r.text.empty() ? "" : " (" + r.text + ")");
    case kind::send:
      return who + " sends " + r.text + " to " + whom +
             (r.pair != chart_row::none ? "" : ", which has not arrived");
    case kind::arrive:
      return whom + " gets " + r.text + of_step(c, r) + " from " + who +
             (r.turn_of == r.whom && !to_itself ? ", runs" : "");
    case kind::pass:
      return who + " sends " + r.text + " to " + (to_itself ? "itself" : whom) +
             (r.turn_of == r.whom && !to_itself ? ", runs" : "");
    case kind::timer:
      return "timer: " + r.text + " to " + whom + (r.turn_of >= 0 ? ", runs" : "");
    case kind::exit:
      return who + " ends: " + r.text;
    case kind::note:
      return r.text;
    case kind::fault:
      return "fault: " + r.text + (r.who < 0 ? "" : " " + who) + (r.whom < 0 ? "" : " -> " + whom);
    case kind::work:
      return who + ": " + r.text + (r.whom < 0 ? "" : " " + whom);
    case kind::failure:
      return "FAILS: " + r.text;
    case kind::fold:
      return "... " + r.text;
  }
  return "";
}

std::string short_time(std::int64_t ns) {
  constexpr std::pair<std::int64_t, const char*> units[] = {
      {1'000'000'000, " s"}, {1'000'000, " ms"}, {1'000, " us"}, {1, " ns"}};
  for (const auto& [size, name] : units) {
    if (ns < size) continue;
    char text[40];
    std::snprintf(text, sizeof text, "%lld.%03lld", static_cast<long long>(ns / size),
                  static_cast<long long>(ns % size * 1000 / size));
    std::string number = text;
    while (number.back() == '0') number.pop_back();
    if (number.back() == '.') number.pop_back();
    return number + name;
  }
  return "0";
}

std::string short_call(const std::string& call) {
  if (call.find("first_process<") != call.npos) return "test";
  const std::size_t lambda = call.find("(lambda at ");
  if (lambda != call.npos) {
    const std::size_t end = call.find_first_of(":)", lambda);
    const std::size_t line_end = call.find_first_of(":)", end + 1);
    const std::size_t slash = call.rfind('/', end);
    const std::size_t begin = slash == call.npos || slash < lambda ? lambda + 11 : slash + 1;
    return "lambda " + call.substr(begin, std::min(line_end, call.size()) - begin);
  }
  const std::size_t gnu = call.find("::<lambda");
  if (gnu != call.npos) {
    const std::size_t paren = call.rfind('(', gnu);
    const std::size_t end = paren == call.npos ? gnu : paren;
    const std::size_t colons = call.rfind("::", end);
    const std::size_t begin = colons == call.npos ? 0 : colons + 2;
    return "lambda in " + call.substr(begin, end - begin);
  }
  if (call.find("std::function<") != call.npos) return "function";
  std::string plain = call;
  for (const char* prefix : {"beamish::v0::", "beamish::", "(anonymous namespace)::"}) {
    for (std::size_t at = plain.find(prefix); at != plain.npos; at = plain.find(prefix))
      plain.erase(at, std::char_traits<char>::length(prefix));
  }
  return plain;
}

chart make_chart(const std::string& title, const verdict& v) { return maker(title, v).make(); }

}  // namespace beamish::inline v0::sim
