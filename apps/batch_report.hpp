// SPDX-License-Identifier: Apache-2.0
// What `beamish batch` tells about its commands: the line that shows how far it is, and the
// summary.
//
//   progress_text({.total = 10, .done = 2, .failed = 1, .running = 4, .elapsed_ns = 3 * second});
//                                       //=> "2 of 10 done, 1 failed, 4 running, 3.00 s"
//
// Pure functions.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "apps/terminal.hpp"
#include "beamish/runtime/os_process.hpp"

namespace beamish::apps {

// One command of the batch.
struct batch_entry {
  std::string command;  // as a shell would have it written
  bool ended = false;   // false: it was never run
  os_outcome end = {};
  std::size_t slot = 0;  // from 1; which of the `limit` places it had
};

struct batch_totals {
  std::size_t total = 0;
  std::size_t ok = 0;
  std::size_t failed = 0;
  std::size_t stopped = 0;
  std::size_t not_run = 0;
  std::int64_t work_ns = 0;  // the times of all commands, added

  bool all_ok() const { return ok == total; }
};

struct batch_progress {
  std::size_t total = 0;
  std::size_t done = 0;
  std::size_t failed = 0;
  std::size_t running = 0;
  std::int64_t elapsed_ns = 0;
};

batch_totals totals_of(const std::vector<batch_entry>& entries);

std::string progress_text(const batch_progress& progress);

// ok, exit 3, killed by SIGKILL, stopped, not run, or why it did not start.
std::string status_text(const batch_entry& entry);

// A table with a row for each command, and a last line that adds up.
std::string summary_text(const std::vector<batch_entry>& entries, std::size_t limit,
                         std::int64_t elapsed_ns, const terminal_traits& traits);

// A row for each command that ran. Empty if none did.
std::string batch_timeline(const std::vector<batch_entry>& entries, std::int64_t begin_ns,
                           const terminal_traits& traits);

}  // namespace beamish::apps
