// SPDX-License-Identifier: Apache-2.0
// Standard output and standard error for many threads: whole lines, and some lines at the bottom of
// the terminal that tell how far we are.
//
//   console screen(STDOUT_FILENO, STDERR_FILENO, terminal_of(look_around()));
//   screen.write(output_stream::out, "[3] one\n[3] two\n");
//   screen.set_status({"2 of 10 done", "3  make"});
//
// Guarantees: what one call writes is not torn by another call; lines go out in the order of the
// calls, over both streams. The status is cleared before anything else is written, and drawn again
// after it, but not more often than a person can see: who writes a lot has it drawn by the next
// set_status. A reader that is slow makes the callers wait.
// Failure: once a stream can't be written, for example because the reader of a pipe has gone,
// write() says so by false, from then on, and failure() keeps the reason. SIGPIPE is the caller's
// to ignore.

#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "apps/terminal/terminal.hpp"
#include "beamish/runtime/log.hpp"
#include "beamish/runtime/os_process.hpp"

namespace beamish::apps {

class console {
 public:
  console(int out, int err, const terminal_traits& traits);
  console(const console&) = delete;
  ~console();  // clears the status

  // REQUIRES: the text ends with a newline, or is empty.
  bool write(output_stream stream, std::string_view lines);

  // Shown only on a terminal. REQUIRES: each line is narrower than the terminal, as those that
  // live_lines makes. No lines clear it.
  void set_status(std::vector<std::string> lines);

  bool shows_status() const { return traits_.status_line; }
  const terminal_traits& traits() const { return traits_; }
  terminal_size size() const;  // of the terminal that the status is on

  int failure() const;  // an errno, 0 if all is well

 private:
  void emit(int fd, std::string_view text);
  void draw_status();
  void clear_status();

  const int out_;
  const int err_;
  const terminal_traits traits_;
  mutable std::mutex mutex_;
  std::vector<std::string> status_;
  std::vector<std::size_t> drawn_;  // the widths of the lines on the screen
  std::int64_t drawn_at_ns_ = 0;
  int failure_ = 0;
};

// A node's log on that console: its errors. Warnings about slow processes and the like are for who
// writes a program, not for who runs one. In JSON each is a line of its own and nothing else. The
// console must outlive the node.
log_function errors_to(console& screen, log_form form);

// Says on standard error, for that verb, that the output could not be written; the exit code: 0 if
// all is well, 1 otherwise.
int report_failure(const console& screen, const std::string& verb);

}  // namespace beamish::apps
