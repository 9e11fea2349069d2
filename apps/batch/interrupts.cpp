// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/interrupts.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace beamish::apps {
namespace {

bool is_ignored(int signal) {
  struct sigaction action = {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

interrupts::interrupts() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  if (!is_ignored(SIGHUP)) sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_.reset(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) throw std::system_error(errno, std::generic_category(), "signalfd");
}

interrupts::event interrupts::wait(int milliseconds) {
  pollfd fds[] = {{done_.stop_fd(), POLLIN, 0}, {signals_.get(), POLLIN, 0}};
  if (poll(fds, 2, milliseconds) <= 0) return event::timeout;
  if (fds[0].revents != 0) return event::done;
  signalfd_siginfo info = {};
  const bool taken = read(signals_.get(), &info, sizeof info) == sizeof info;
  return taken ? event::interrupted : event::timeout;
}

void interrupts::done() noexcept { done_.stop(); }

}  // namespace beamish::apps
