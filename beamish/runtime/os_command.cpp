// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/os_command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace beamish::inline v0 {
namespace {

constexpr std::size_t piece = std::size_t{64} * 1024;

// Carries the output of one child to the sink until the child has ended, and stops it on request.
class pump {
 public:
  pump(os_process& child, const run_options& options)
      : child_(child), options_(options), buffer_(piece, '\0') {}

  // Until the child has ended; says whether it was asked to before it did.
  void run(os_outcome& outcome) {
    if (options_.timeout_ns > 0 && !start_timer(options_.timeout_ns))
      throw std::system_error(errno, std::generic_category(), "timerfd");
    while (!ended_) wait();
    drain(output_stream::out);
    drain(output_stream::err);
    if (stopping_) child_.signal_group(SIGKILL);
    outcome.timed_out = timed_out_;
    outcome.stopped = stopping_ && !timed_out_;
  }

 private:
  void wait() {
    const stop_switch* const stop = options_.stop;
    const int stop_fd = stop == nullptr || stopping_ ? -1 : stop->stop_fd();
    const int kill_fd = stop == nullptr || killed_ ? -1 : stop->kill_fd();
    pollfd fds[] = {{child_.exit_fd(), POLLIN, 0},
                    {stop_fd, POLLIN, 0},
                    {kill_fd, POLLIN, 0},
                    {killed_ ? -1 : timer_.get(), POLLIN, 0},
                    {child_.output(output_stream::out).get(), POLLIN, 0},
                    {child_.output(output_stream::err).get(), POLLIN, 0}};
    if (poll(fds, std::size(fds), -1) < 0) {
      if (errno == EINTR) return;
      throw std::system_error(errno, std::generic_category(), "poll");
    }
    ended_ = fds[0].revents != 0;
    if (ended_) return;
    if (fds[1].revents != 0) ask_to_end();
    if (fds[2].revents != 0) kill();
    if (fds[3].revents != 0) timer_fired();
    if (fds[4].revents != 0) read_piece(output_stream::out);
    if (fds[5].revents != 0) read_piece(output_stream::err);
  }

  // A child that has stopped itself would not see the SIGTERM without the SIGCONT.
  void ask_to_end() {
    stopping_ = true;
    child_.signal_group(SIGTERM);
    child_.signal_group(SIGCONT);
    if (!start_timer(options_.grace_ns > 0 ? options_.grace_ns : 1)) kill();
  }

  // The one timer is first the timeout, then the grace.
  void timer_fired() {
    std::uint64_t times = 0;
    // Armed anew since poll saw it, it has nothing to read.
    if (read(timer_.get(), &times, sizeof times) < 0) return;
    if (stopping_) return kill();
    timed_out_ = true;
    ask_to_end();
  }

  void kill() {
    killed_ = true;
    child_.signal_group(SIGKILL);
  }

  bool start_timer(std::int64_t nanoseconds) {
    constexpr std::int64_t second = 1'000'000'000;
    itimerspec once = {};
    once.it_value = {static_cast<time_t>(nanoseconds / second),
                     static_cast<long>(nanoseconds % second)};
    if (!timer_) timer_.reset(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    return timer_ && timerfd_settime(timer_.get(), 0, &once, nullptr) == 0;
  }

  // Number of bytes read; 0 when there is nothing now or never again.
  std::size_t read_piece(output_stream stream) {
    detail::unique_fd& fd = child_.output(stream);
    ssize_t count = 0;
    do {
      count = read(fd.get(), buffer_.data(), buffer_.size());
    } while (count < 0 && errno == EINTR);
    if (count > 0) {
      const auto bytes = static_cast<std::size_t>(count);
      options_.output(stream, std::string_view(buffer_.data(), bytes));
      return bytes;
    }
    if (count == 0 || errno != EAGAIN) fd.reset();
    return 0;
  }

  // All that an ended child wrote is in the pipe, so at most the pipe's capacity is left to read.
  // Without that bound a grandchild could keep us here for ever.
  void drain(output_stream stream) {
    detail::unique_fd& fd = child_.output(stream);
    if (!fd) return;
    const int capacity = fcntl(fd.get(), F_GETPIPE_SZ);
    std::size_t left = capacity > 0 ? static_cast<std::size_t>(capacity) : piece;
    while (left > 0 && fd) {
      const std::size_t got = read_piece(stream);
      if (got == 0) break;
      left -= got < left ? got : left;
    }
    fd.reset();
  }

  os_process& child_;
  const run_options& options_;
  std::string buffer_;
  detail::unique_fd timer_;
  bool ended_ = false;
  bool stopping_ = false;
  bool timed_out_ = false;
  bool killed_ = false;
};

}  // namespace

os_outcome run_command(const std::vector<std::string>& words, const run_options& options) {
  os_outcome outcome;
  outcome.started_ns = options.clock.now_ns();
  if (options.stop != nullptr && options.stop->stopped()) {
    outcome.stopped = true;
    outcome.problem = "stopped before it began";
  } else if (os_process child = os_process::start(words, outcome); child) {
    pump(child, options).run(outcome);
    child.reap(outcome);
  }
  outcome.ended_ns = options.clock.now_ns();
  return outcome;
}

}  // namespace beamish::inline v0
