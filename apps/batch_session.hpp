// SPDX-License-Identifier: Apache-2.0
// One run of a batch: what its commands are, what each of them does, and what became of it.
//
//   batch_session session(file.commands, request, screen);
//   batch_ended end = session.perform(0);       // on any thread; runs the command, shows its
//   output session.record(std::move(end));             // by the one who collects
//   session.entries();                          // for the summary
//
// The session starts nothing by itself: who calls perform() decides when, and how many at a time.
// Threads: perform, stop, kill and show_progress from any thread; record and entries from one.

#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "apps/batch_report.hpp"
#include "apps/command_line.hpp"
#include "apps/console.hpp"
#include "beamish/jobs/shell_words.hpp"
#include "beamish/runtime/os_command.hpp"

namespace beamish::apps {

// The response of one task.
struct batch_ended {
  std::size_t index = 0;
  std::size_t slot = 0;  // 0: it was never performed
  os_outcome end;
};

class batch_session {
 public:
  batch_session(std::vector<shell_command> commands, const batch_request& request, console& screen);

  std::size_t size() const { return commands_.size(); }

  // Blocks until the command has ended, and while its output can't be written.
  batch_ended perform(std::size_t index);

  // Once for each command. Never blocks for long.
  void record(batch_ended ended);
  const std::vector<batch_entry>& entries() const { return entries_; }

  // Ends what runs and lets nothing more begin; kill() at once.
  void stop() noexcept { stop_.stop(); }
  void kill() noexcept { stop_.kill(); }
  bool stopped() const noexcept { return stop_.stopped(); }

  void show_progress();
  void log(std::string_view text);  // a message of the program's own
  std::int64_t begin_ns() const { return begin_ns_; }
  std::int64_t elapsed_ns() const;

 private:
  std::size_t take_slot();
  void free_slot(std::size_t slot);
  void count(const os_outcome& end);

  const std::vector<shell_command> commands_;
  const batch_request request_;
  const std::int64_t begin_ns_;
  console& screen_;
  stop_switch stop_;
  std::vector<batch_entry> entries_;

  std::mutex mutex_;         // guards what follows
  std::vector<bool> slots_;  // taken or not
  batch_progress progress_ = {};
};

}  // namespace beamish::apps
