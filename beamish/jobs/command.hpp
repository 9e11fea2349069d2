// SPDX-License-Identifier: Apache-2.0
//
// A command of the operating system as a task: give it to a task handler, or call it where a
// process may block.
//
// ```cpp
// auto handler = co_await beamish::task_handler::start_link({.task_limit = 2});
// std::vector<std::string> words{"sh", "-c", "echo hi; exit 3"};
// auto job = handler.submit(beamish::command(words));
// auto response = co_await job;
// response->end.text();    //=> "exit 3"
// response->out;           //=> "hi\n"
// ```
//
// The words are passed on as they are; there is no shell. See os_process.hpp for what the child
// gets and os_command.hpp for how it is run.
//
// Guarantees: a command that fails, or does not start, is a response like any other, not a crash.
// When the task is cancelled, killed, or its node stops, the command is stopped with all that it
// started: SIGTERM, and SIGKILL after the grace; so it is when it has run for `timeout`, and then
// end.timed_out is true. Memory is bounded: of each stream only the first
// `keep` bytes are kept. Times are those of the node's clock.
//
// When not to use it: in a simulated world, where it would start real processes; for output that
// should be seen as it comes (run_command has a sink); on a worker, which it would block.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "beamish/runtime/os_process.hpp"

namespace beamish::inline v0 {

struct command_options {
  std::size_t keep = std::size_t{1} << 20;                   // bytes of each stream
  std::chrono::nanoseconds grace = std::chrono::seconds(5);  // between SIGTERM and SIGKILL
  std::chrono::nanoseconds timeout{0};  // it is stopped after so long; 0: never
};

struct command_result {
  os_outcome end;
  std::string out;
  std::string err;
  bool cut = false;  // there was more output than was kept
};

class command {
 public:
  explicit command(std::vector<std::string> words, const command_options& options = {});

  // Runs it. REQUIRES: the current process may block, as the body of a thread.
  command_result operator()() const;

 private:
  std::vector<std::string> words_;
  command_options options_;
};

}  // namespace beamish::inline v0
