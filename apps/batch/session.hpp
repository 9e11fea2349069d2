// SPDX-License-Identifier: Apache-2.0
// One run of a batch: what its commands are, what each of them does, and what became of it.
//
//   batch_session session(file, request, screen);
//   batch_ended end = session.perform(0, 1);    // on any thread; runs it and shows its output
//   session.record(std::move(end));             // by the one who collects: says when to try again
//   session.entries();                          // for the summary
//
// The session starts nothing by itself: who calls perform() decides when, and how many at a time.
// Threads: perform, stop, kill and show_progress from any thread; record and entries from one.

#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/batch/json.hpp"
#include "apps/batch/line.hpp"
#include "apps/batch/output.hpp"
#include "apps/batch/report.hpp"
#include "apps/cli/command_line.hpp"
#include "apps/terminal/console.hpp"
#include "apps/terminal/live_view.hpp"
#include "beamish/runtime/os_command.hpp"

namespace beamish::apps {

// The response of one task: how an attempt at a command ended.
struct batch_ended {
  std::size_t index = 0;
  std::size_t attempt = 1;
  std::size_t slot = 0;  // 0: it was never performed
  os_outcome end;
  std::uint64_t chance = 0;  // of the wait before the next attempt
};

class batch_session {
 public:
  batch_session(command_file file, const batch_request& request, console& screen);

  std::size_t size() const { return entries_.size(); }
  // Empty, or why nothing can be run.
  std::string prepare() const { return outputs_.prepare(); }

  // Blocks until it is its turn and the command has ended, and while its output can't be written.
  // It leaves the line once the start has been told.
  batch_ended perform(std::size_t index, std::size_t attempt, waiting_line::place turn = {});
  // For the next attempt that will be performed: they are taken up in the order of these calls.
  waiting_line::place enter_line() { return line_.enter(); }

  // Once for each attempt. Nanoseconds to wait before the next one, if there shall be one.
  std::optional<std::int64_t> record(batch_ended ended);
  const std::vector<batch_entry>& entries() const { return entries_; }

  // Ends what runs and lets nothing more begin; kill() at once.
  void stop() noexcept { stop_.stop(); }
  void kill() noexcept { stop_.kill(); }
  bool stopped() const noexcept { return stop_.stopped(); }

  // Before the first command and after the last one.
  void tell_begin();
  void tell_end();
  void show_progress();
  console& screen() const { return screen_; }
  log_form log() const { return request_.log; }
  // Why the output could not be written; empty if all is well.
  std::string output_problem() const;

 private:
  struct running {
    std::size_t index;
    std::int64_t begin_ns;
  };

  std::size_t take_slot(std::size_t index);
  void free_slot(std::size_t slot);
  void count(const os_outcome& end, bool again);
  std::optional<std::int64_t> retry_delay(const batch_ended& ended) const;
  void tell_started(const batch_ended& attempt);
  void tell_ended(const batch_ended& ended, std::optional<std::int64_t> again);
  batch_facts facts() const;
  live_picture picture();
  std::int64_t elapsed_ns() const;

  const std::string file_;
  const batch_request request_;
  const std::int64_t begin_ns_;
  console& screen_;
  batch_output outputs_;
  waiting_line line_;
  stop_switch stop_;
  std::vector<batch_entry> entries_;

  std::mutex mutex_;                           // guards what follows
  std::vector<std::optional<running>> slots_;  // empty: nobody has it
  batch_progress progress_ = {};
  std::size_t attempts_ = 0;  // that have ended
  std::int64_t work_ns_ = 0;  // theirs
};

}  // namespace beamish::apps
