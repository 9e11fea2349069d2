// SPDX-License-Identifier: Apache-2.0
// What `beamish batch` tells about its commands: the lines that show how far it is, and the
// summary.
//
//   progress_text({.total = 10, .done = 2, .failed = 1, .left_ns = 3 * second});
//                                       //=> "2 of 10 done, 1 failed, about 3.00 s left"
//
// Pure functions.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "apps/batch/entry.hpp"
#include "apps/cli/command_line.hpp"
#include "apps/terminal/terminal.hpp"

namespace beamish::apps {

struct batch_totals {
  std::size_t total = 0;
  std::size_t ok = 0;
  std::size_t failed = 0;  // or timed out
  std::size_t stopped = 0;
  std::size_t not_run = 0;
  std::size_t retries = 0;
  std::int64_t work_ns = 0;  // the times of all attempts, added

  bool all_ok() const { return ok == total; }
};

struct batch_progress {
  std::size_t total = 0;
  std::size_t done = 0;
  std::size_t failed = 0;
  std::size_t running = 0;
  std::size_t limit = 0;
  std::int64_t elapsed_ns = 0;
  std::int64_t left_ns = -1;  // an estimate; -1: nobody can tell yet
};

// How long the rest will take at this limit, if it takes as long as what has ended; -1 while too
// little has, and once the rest takes longer. `running_ns`: how long each that runs has run.
std::int64_t estimate_left(std::size_t total, std::size_t limit, std::size_t done,
                           std::int64_t work_ns, const std::vector<std::int64_t>& running_ns);

batch_totals totals_of(const std::vector<batch_entry>& entries);

std::string progress_text(const batch_progress& progress);
// Limit, queue and rate: "limit 8, 8 running, 12 waiting, 3.1/s, 4.20 s".
std::string progress_details(const batch_progress& progress);

// ok, exit 3, killed by SIGKILL, timed out, stopped, not run, or why it did not start; after
// retries with their number.
std::string status_text(const batch_entry& entry);

struct summary_style {
  std::size_t limit = 1;
  std::int64_t elapsed_ns = 0;
  batch_request::summary_rows rows = batch_request::summary_rows::all;
};

// A table with a row for each command that is asked for, and a last line that adds up.
std::string summary_text(const std::vector<batch_entry>& entries, const summary_style& style,
                         const terminal_traits& traits);

// A row for each command that ran. Empty if none did.
std::string batch_timeline(const std::vector<batch_entry>& entries, std::int64_t begin_ns,
                           const terminal_traits& traits);

}  // namespace beamish::apps
