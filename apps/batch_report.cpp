// SPDX-License-Identifier: Apache-2.0
#include "apps/batch_report.hpp"

#include <algorithm>

#include "apps/text.hpp"
#include "apps/timeline.hpp"

namespace beamish::apps {
namespace {

constexpr const char* red = "\x1B[31m";
constexpr const char* yellow = "\x1B[33m";
constexpr const char* plain = "\x1B[0m";

// What would not fit on a line with the rest is cut; a file gets everything up to this.
constexpr std::size_t widest_command = 200;
constexpr std::size_t widest_status = 60;

std::int64_t time_of(const batch_entry& entry) { return entry.end.ended_ns - entry.end.started_ns; }

bool began(const batch_entry& entry) {
  return entry.ended && !(entry.end.stopped && entry.end.how == os_outcome::kind::not_started);
}

bool has_time(const batch_entry& entry) {
  return entry.ended && entry.end.how != os_outcome::kind::not_started;
}

const char* color_of(const batch_entry& entry) {
  if (!began(entry) || entry.end.stopped) return yellow;
  return entry.end.ok() ? "" : red;
}

struct columns {
  std::size_t number = 1;
  std::size_t status = 6;
  std::size_t time = 4;
};

columns columns_of(const std::vector<batch_entry>& entries) {
  columns c;
  c.number = std::to_string(entries.size()).size();
  for (const batch_entry& entry : entries) {
    c.status = std::max(c.status, text_width(status_text(entry)));
    if (has_time(entry)) c.time = std::max(c.time, text_width(duration_text(time_of(entry))));
  }
  c.status = std::min(c.status, widest_status);
  return c;
}

std::string row(std::size_t number, const batch_entry& entry, const columns& c,
                const terminal_traits& traits) {
  const std::string time = has_time(entry) ? duration_text(time_of(entry)) : "-";
  const std::string status = pad_right(cut(status_text(entry), c.status, traits.ascii), c.status);
  const std::string color = traits.out_color ? color_of(entry) : "";
  const std::size_t used = c.number + 2 + c.status + 2 + c.time + 2;
  const std::size_t room = traits.width > used + 10 ? traits.width - used : 10;
  const std::size_t width = traits.out_is_terminal ? room : widest_command;
  return pad_left(std::to_string(number), c.number) + "  " + color + status +
         (color.empty() ? "" : plain) + "  " + pad_left(time, c.time) + "  " +
         cut(visible(entry.command), width, traits.ascii) + "\n";
}

std::string counted(std::size_t count, const char* what) {
  return count == 0 ? std::string() : ", " + std::to_string(count) + " " + what;
}

}  // namespace

batch_totals totals_of(const std::vector<batch_entry>& entries) {
  batch_totals totals;
  totals.total = entries.size();
  for (const batch_entry& entry : entries) {
    if (!began(entry)) {
      ++totals.not_run;
      continue;
    }
    totals.work_ns += time_of(entry);
    ++(entry.end.stopped ? totals.stopped : entry.end.ok() ? totals.ok : totals.failed);
  }
  return totals;
}

std::string progress_text(const batch_progress& p) {
  return std::to_string(p.done) + " of " + std::to_string(p.total) + " done" +
         counted(p.failed, "failed") + counted(p.running, "running") + ", " +
         duration_text(p.elapsed_ns);
}

std::string status_text(const batch_entry& entry) {
  if (!began(entry)) return "not run";
  if (!entry.end.stopped) return visible(entry.end.text());
  const bool by_us = entry.end.how == os_outcome::kind::signalled;
  return by_us ? "stopped" : "stopped (" + entry.end.text() + ")";
}

std::string summary_text(const std::vector<batch_entry>& entries, std::size_t limit,
                         std::int64_t elapsed_ns, const terminal_traits& traits) {
  const columns c = columns_of(entries);
  std::string text = pad_left("#", c.number) + "  " + pad_right("status", c.status) + "  " +
                     pad_left("time", c.time) + "  command\n";
  std::size_t number = 0;
  for (const batch_entry& entry : entries) text += row(++number, entry, c, traits);
  const batch_totals totals = totals_of(entries);
  return text + std::to_string(totals.total) + (totals.total == 1 ? " command, " : " commands, ") +
         "at most " + std::to_string(limit) + " at a time: " + std::to_string(totals.ok) + " ok" +
         counted(totals.failed, "failed") + counted(totals.stopped, "stopped") +
         counted(totals.not_run, "not run") + "; " + duration_text(elapsed_ns) + " for " +
         duration_text(totals.work_ns) + " of work\n";
}

std::string batch_timeline(const std::vector<batch_entry>& entries, std::int64_t begin_ns,
                           const terminal_traits& traits) {
  std::vector<timeline_bar> bars;
  std::size_t number = 0;
  for (const batch_entry& entry : entries) {
    ++number;
    if (!began(entry)) continue;
    bars.push_back({std::to_string(number) + " " + visible(entry.command), entry.slot, begin_ns,
                    entry.end.started_ns, entry.end.ended_ns});
  }
  std::string text;
  for (const std::string& line : draw_timeline(bars, {traits.width, traits.ascii})) {
    text += line + "\n";
  }
  return text;
}

}  // namespace beamish::apps
