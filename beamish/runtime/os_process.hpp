// SPDX-License-Identifier: Apache-2.0
//
// Processes of the operating system: start one, read its output, signal it, learn how it ended.
//
// ```cpp
// os_outcome end;
// os_process child = os_process::start({"sh", "-c", "exit 3"}, end);
// if (child) child.reap(end);    // waits; to wait for other things too, poll child.exit_fd()
// end.text();                    //=> "exit 3"
// os_process none = os_process::start({"/no/such/program"}, end);
// bool(none);                    //=> false
// end.ok();                      //=> false
// ```
//
// The child gets: the given words as its arguments (no shell; the first is looked up in PATH if it
// has no slash), /dev/null as standard input, pipes as standard output and error, no other
// descriptor, default signal dispositions, a clean signal mask, and a session and process group of
// its own, so that it has no terminal to wait for and can be stopped with all that it started.
//
// Guarantees: every child is reaped, whatever happens; no descriptor is leaked; nothing here
// handles SIGCHLD or changes the program's signals. Threads: many may start children at the same
// time; one os_process belongs to one thread at a time. Units: started_ns and ended_ns are
// nanoseconds. Errors: that a child does not start is an outcome, not an exception; its `problem`
// says why.
//
// Mirrors Port.open({:spawn_executable, _}, _). When not to use it: to run a command and have its
// output; run_command in os_command.hpp does the reading and the waiting.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace beamish::inline v0 {

enum class output_stream : std::uint8_t { out, err };

namespace detail {

// Owns a file descriptor.
class unique_fd {
 public:
  unique_fd() = default;
  explicit unique_fd(int fd) : fd_(fd) {}
  unique_fd(unique_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  unique_fd& operator=(unique_fd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~unique_fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

}  // namespace detail

// Stops every command that was given this switch, now or later. It cannot be taken back. Both
// functions may be called from any thread and from a signal handler, any number of times.
class stop_switch {
 public:
  stop_switch();  // throws std::system_error if there is no descriptor left

  void stop() noexcept;  // ask to end
  void kill() noexcept;  // end at once

  bool stopped() const noexcept;
  int stop_fd() const { return stop_.get(); }  // readable from stop() on
  int kill_fd() const { return kill_.get(); }  // readable from kill() on

 private:
  detail::unique_fd stop_;
  detail::unique_fd kill_;
};

struct os_outcome {
  enum class kind : std::uint8_t {
    exited,       // code is the exit status
    signalled,    // code is the signal
    not_started,  // problem says why; code is the errno, 0 if it was stopped before it began
    unknown,      // another part of the program collected the child, or ignores SIGCHLD
  };

  kind how = kind::not_started;
  int code = 0;
  bool core_dumped = false;
  bool stopped = false;    // it was asked to end before it did
  bool timed_out = false;  // it was stopped since it ran too long
  std::string problem = {};
  std::int64_t started_ns = 0;
  std::int64_t ended_ns = 0;

  bool ok() const { return how == kind::exited && code == 0 && !timed_out; }
  // ok, exit 3, killed by SIGSEGV, timed out (exit 3), no such file: foo
  std::string text() const;
  std::string signal_name() const;  // SIGSEGV; "" if no signal ended it
};

// A child. Ends it, with its group, and reaps it when destroyed.
class os_process {
 public:
  os_process() = default;
  os_process(os_process&& other) noexcept;
  os_process& operator=(os_process&& other) noexcept;
  ~os_process();

  // Starts the command. On failure the result is empty, and `failure` tells why.
  static os_process start(const std::vector<std::string>& words, os_outcome& failure);

  explicit operator bool() const { return pid_ > 0; }
  pid_t pid() const { return pid_; }
  int exit_fd() const { return pidfd_.get(); }  // readable once it has ended
  detail::unique_fd& output(output_stream s) { return s == output_stream::out ? out_ : err_; }

  // REQUIRES: not reaped, so that the group's number cannot belong to anybody else.
  void signal_group(int signal) noexcept;

  // Waits for the end, writes how, code and core_dumped. Afterwards this is empty.
  void reap(os_outcome& outcome) noexcept;

 private:
  pid_t pid_ = -1;
  detail::unique_fd pidfd_;
  detail::unique_fd out_;
  detail::unique_fd err_;
};

}  // namespace beamish::inline v0
