// SPDX-License-Identifier: Apache-2.0
//
// tested in: search_test.cpp
#include "beamish/sim/child.hpp"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <system_error>

namespace beamish::inline v0::sim {

namespace {

void write_all(int fd, const std::string& text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = ::write(fd, text.data() + at, text.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    at += static_cast<std::size_t>(written);
  }
}

std::string read_all(int fd) {
  std::string all;
  char buffer[65536];
  for (;;) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return all;
    all.append(buffer, static_cast<std::size_t>(got));
  }
}

// A test framework's handlers would report a crash that is ours to report.
void restore_signals() noexcept {
  for (int number : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV}) ::signal(number, SIG_DFL);
}

}  // namespace

child start_child(const std::function<std::string()>& work) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  std::fflush(nullptr);
  const pid_t process = ::fork();
  if (process < 0) {
    const int why = errno;
    ::close(ends[0]);
    ::close(ends[1]);
    throw std::system_error(why, std::generic_category(), "fork");
  }
  if (process == 0) {
    ::close(ends[0]);
    restore_signals();
    write_all(ends[1], work());
    ::_exit(0);
  }
  ::close(ends[1]);
  return {process, ends[0]};
}

child_result wait_for(const child& c) {
  child_result result{read_all(c.results), 0};
  ::close(c.results);
  while (::waitpid(c.process, &result.status, 0) < 0 && errno == EINTR) {
  }
  return result;
}

std::string ending_in_words(int status) {
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    return "the program was ended by signal " + std::to_string(number) + " (" +
           ::strsignal(number) + ")";
  }
  return "the program ended itself with exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace beamish::inline v0::sim
