// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/run.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <system_error>

#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/receive.hpp"

namespace beamish::inline v0::detail {

namespace {

// Closes itself.
class descriptor {
 public:
  explicit descriptor(int fd) : fd_(fd) {
    if (fd < 0)
      throw std::system_error(errno, std::generic_category(), "run: no file descriptor left");
  }
  ~descriptor() { ::close(fd_); }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int number() const noexcept { return fd_; }

 private:
  int fd_;
};

// SIGINT and SIGTERM are read from a descriptor while this lives.
class signal_watch {
 public:
  signal_watch() {
    ::sigemptyset(&watched_);
    ::sigaddset(&watched_, SIGINT);
    ::sigaddset(&watched_, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &watched_, &before_);
  }
  ~signal_watch() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;
  const sigset_t& watched() const noexcept { return watched_; }

 private:
  sigset_t watched_, before_;
};

struct supervision {
  main_program program;
  std::atomic<bool> failed{false};
  // Its id and serial: a pid is too wide for an atomic.
  std::atomic<std::uint64_t> main{0};
  int ended_fd = -1;
};

// The parent of the main process: starts it, waits for its end, tells the thread that waits
// outside. A type, since that has a name that can be shown.
struct watch_main_process {
  task<> operator()(supervision* s, main_starter start, void* function) const {
    trap_exits(true);
    const pid main = start(function, s->program);
    s->main.store((std::uint64_t{main.id} << 32) | main.serial);
    auto is_main = [main](const exit_message& m) { return m.from == main; };
    auto end = co_await receive_if<exit_message>(is_main);
    s->failed.store(!end.reason.is_expected());
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(s->ended_fd, &one, sizeof one);
  }
};

int wait_for_end(node& n, const supervision& s, const descriptor& signals,
                 const descriptor& ended) {
  int received = 0;
  for (;;) {
    pollfd watched[2] = {{signals.number(), POLLIN, 0}, {ended.number(), POLLIN, 0}};
    if (::poll(watched, 2, -1) < 0 && errno == EINTR) continue;
    if ((watched[1].revents & POLLIN) != 0) return received;
    signalfd_siginfo info;
    if (::read(signals.number(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) continue;
    const bool again = received != 0;
    received = static_cast<int>(info.ssi_signo);
    const std::uint64_t main = s.main.load();
    const pid target{n.core().index, static_cast<std::uint32_t>(main >> 32),
                     static_cast<std::uint32_t>(main)};
    n.exit(target, again ? exit_reason::kill() : exit_reason::shutdown());
  }
}

}  // namespace

void report_every_death_of_current() noexcept {
  current_context()->current->set(slot_flag::report_all);
}

int run_program(int argc, char** argv, const node_options& o, main_starter start, void* function) {
  const arguments args(argv, argv + argc);
  signal_watch watch;
  supervision s;
  s.program.args = &args;
  int received = 0;
  bool clean = true;
  {
    const descriptor signals(::signalfd(-1, &watch.watched(), SFD_CLOEXEC | SFD_NONBLOCK));
    const descriptor ended(::eventfd(0, EFD_CLOEXEC));
    s.ended_fd = ended.number();
    node n(o);
    n.start();
    n.spawn(watch_main_process{}, &s, start, function);
    received = wait_for_end(n, s, signals, ended);
    clean = n.stop(std::chrono::seconds(5));
    // Threads that never return would be joined by nobody: the program leaves without them.
    if (!clean) std::_Exit(s.program.returned ? s.program.code : 1);
  }
  if (s.program.returned) return s.program.code;
  if (received != 0) return 128 + received;
  return s.failed.load() ? 1 : 0;
}

}  // namespace beamish::inline v0::detail
