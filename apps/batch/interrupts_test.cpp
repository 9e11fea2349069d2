// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/interrupts.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

using namespace beamish::apps;

namespace {

// Runs `body` in a process of its own, whose signals are its own, too. True if it says so.
template <class F>
bool in_own_process(F body) {
  std::fflush(nullptr);  // or the child might print it again
  const pid_t pid = fork();
  REQUIRE(pid >= 0);
  if (pid == 0) _exit(body() ? 0 : 1);
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  return status == 0;
}

}  // namespace

TEST_CASE("interrupts: signals are waited for, one at a time") {
  CHECK(in_own_process([] {
    interrupts signals;
    raise(SIGINT);
    const bool first = signals.wait(-1) == interrupts::event::interrupted;
    raise(SIGTERM);
    const bool second = signals.wait(-1) == interrupts::event::interrupted;
    return first && second && signals.wait(0) == interrupts::event::timeout;
  }));
}

TEST_CASE("interrupts: a SIGINT counts even where a shell has it ignored, a SIGHUP does not") {
  CHECK(in_own_process([] {
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    interrupts signals;
    raise(SIGHUP);
    const bool ignored = signals.wait(0) == interrupts::event::timeout;
    raise(SIGINT);
    return ignored && signals.wait(-1) == interrupts::event::interrupted;
  }));
}

TEST_CASE("interrupts: done ends the waiting for good") {
  CHECK(in_own_process([] {
    interrupts signals;
    signals.done();
    raise(SIGINT);
    const bool first = signals.wait(-1) == interrupts::event::done;
    return first && signals.wait(-1) == interrupts::event::done;
  }));
}
