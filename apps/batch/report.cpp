// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/report.hpp"

#include <algorithm>

#include "apps/terminal/text.hpp"
#include "apps/terminal/timeline.hpp"

namespace beamish::apps {
namespace {

constexpr const char* red = "\x1B[31m";
constexpr const char* yellow = "\x1B[33m";
constexpr const char* color_off = "\x1B[0m";

// What would not fit on a line with the rest is cut; a file gets everything up to this.
constexpr std::size_t widest_command = 200;
constexpr std::size_t widest_status = 60;

std::int64_t time_of(const batch_entry& entry) { return entry.end.ended_ns - entry.end.started_ns; }

bool began(const batch_entry& entry) { return status_of(entry) != batch_status::not_run; }

bool has_time(const batch_entry& entry) {
  return entry.ended && entry.end.how != os_outcome::kind::not_started;
}

const char* color_of(const batch_entry& entry) {
  if (!began(entry) || entry.end.stopped) return yellow;
  return entry.end.ok() ? "" : red;
}

struct columns {
  std::size_t name = 1;
  std::size_t status = 6;
  std::size_t time = 4;
};

// Those that the user wants to see in the summary, by number.
std::vector<const batch_entry*> chosen(const std::vector<batch_entry>& entries,
                                       batch_request::summary_rows which) {
  using rows = batch_request::summary_rows;
  constexpr std::size_t most_for_people = 100;
  if (which == rows::automatic) which = entries.size() > most_for_people ? rows::failed : rows::all;
  std::vector<const batch_entry*> all;
  for (const batch_entry& entry : entries) {
    const bool wanted = which == rows::all || status_of(entry) != batch_status::ok;
    if (which != rows::none && wanted) all.push_back(&entry);
  }
  return all;
}

columns columns_of(const std::vector<const batch_entry*>& entries) {
  columns c;
  for (const batch_entry* entry : entries) {
    c.name = std::max(c.name, entry->name().size());
    c.status = std::max(c.status, text_width(status_text(*entry)));
    if (has_time(*entry)) c.time = std::max(c.time, text_width(duration_text(time_of(*entry))));
  }
  c.status = std::min(c.status, widest_status);
  return c;
}

std::string row(const batch_entry& entry, const columns& c, const terminal_traits& traits) {
  const std::string time = has_time(entry) ? duration_text(time_of(entry)) : "-";
  const std::string status = pad_right(cut(status_text(entry), c.status, traits.ascii), c.status);
  const std::string color = traits.out_color ? color_of(entry) : "";
  const std::size_t used = c.name + 2 + c.status + 2 + c.time + 2;
  const std::size_t room = traits.width > used + 10 ? traits.width - used : 10;
  const std::size_t width = traits.out_is_terminal ? room : widest_command;
  return pad_left(entry.name(), c.name) + "  " + color + status + (color.empty() ? "" : color_off) +
         "  " + pad_left(time, c.time) + "  " +
         cut(visible(entry.command.text), width, traits.ascii) + "\n";
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
    totals.retries += entry.earlier.size();
    for (const os_outcome& end : entry.earlier) totals.work_ns += end.ended_ns - end.started_ns;
    ++(entry.end.stopped ? totals.stopped : entry.end.ok() ? totals.ok : totals.failed);
  }
  return totals;
}

std::int64_t estimate_left(std::size_t total, std::size_t limit, std::size_t done,
                           std::int64_t work_ns, const std::vector<std::int64_t>& running_ns) {
  constexpr std::size_t enough = 3;
  if (done < enough || done >= total || limit == 0) return -1;
  const std::int64_t each = work_ns / static_cast<std::int64_t>(done);
  const std::size_t waiting = total - std::min(total, done + running_ns.size());
  std::int64_t left = each * static_cast<std::int64_t>(waiting);
  for (const std::int64_t elapsed : running_ns) left += std::max<std::int64_t>(each - elapsed, 0);
  left /= static_cast<std::int64_t>(std::min(limit, total - done));
  return left == 0 ? -1 : left;
}

std::string progress_text(const batch_progress& p) {
  const std::string left =
      p.left_ns < 0 ? std::string() : ", about " + duration_text(p.left_ns) + " left";
  return std::to_string(p.done) + " of " + std::to_string(p.total) + " done" +
         counted(p.failed, "failed") + left;
}

std::string progress_details(const batch_progress& p) {
  const double seconds = static_cast<double>(p.elapsed_ns) / 1e9;
  const double rate = seconds > 0 ? static_cast<double>(p.done) / seconds : 0;
  const std::size_t waiting = p.total - std::min(p.total, p.done + p.running);
  return "limit " + std::to_string(p.limit) + ", " + std::to_string(p.running) + " running, " +
         std::to_string(waiting) + " waiting, " + rate_text(rate) + ", " +
         duration_text(p.elapsed_ns);
}

std::string status_text(const batch_entry& entry) {
  if (!began(entry)) return "not run";
  const std::string attempts = entry.earlier.empty()
                                   ? std::string()
                                   : ", attempt " + std::to_string(entry.earlier.size() + 1);
  if (!entry.end.stopped) return visible(entry.end.text()) + attempts;
  const bool by_us = entry.end.how == os_outcome::kind::signalled;
  return (by_us ? "stopped" : "stopped (" + entry.end.text() + ")") + attempts;
}

std::string summary_text(const std::vector<batch_entry>& entries, const summary_style& style,
                         const terminal_traits& traits) {
  const std::vector<const batch_entry*> shown = chosen(entries, style.rows);
  std::string text;
  if (!shown.empty()) {
    const columns c = columns_of(shown);
    text = pad_left("#", c.name) + "  " + pad_right("status", c.status) + "  " +
           pad_left("time", c.time) + "  command\n";
    for (const batch_entry* entry : shown) text += row(*entry, c, traits);
  }
  const batch_totals totals = totals_of(entries);
  return text + std::to_string(totals.total) + (totals.total == 1 ? " command, " : " commands, ") +
         "at most " + std::to_string(style.limit) + " at a time: " + std::to_string(totals.ok) +
         " ok" + counted(totals.failed, "failed") + counted(totals.stopped, "stopped") +
         counted(totals.not_run, "not run") +
         counted(totals.retries, totals.retries == 1 ? "retry" : "retries") + "; " +
         duration_text(style.elapsed_ns) + " for " + duration_text(totals.work_ns) + " of work\n";
}

std::string batch_timeline(const std::vector<batch_entry>& entries, std::int64_t begin_ns,
                           const terminal_traits& traits) {
  std::vector<timeline_bar> bars;
  for (const batch_entry& entry : entries) {
    if (!began(entry)) continue;
    bars.push_back({entry.name() + " " + visible(entry.command.text), entry.slot, begin_ns,
                    entry.end.started_ns, entry.end.ended_ns});
  }
  std::string text;
  for (const std::string& line : draw_timeline(bars, {traits.width, traits.ascii})) {
    text += line + "\n";
  }
  return text;
}

}  // namespace beamish::apps
