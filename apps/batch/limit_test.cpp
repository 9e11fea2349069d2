// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/limit.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

using namespace beamish::apps;

namespace {

// The result of fit_limit in a process with these limits on open files, as its exit code.
int fitted(rlim_t soft, rlim_t hard, std::size_t wanted) {
  std::fflush(nullptr);  // or the child might print it again
  const pid_t pid = fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    const rlimit files{soft, hard};
    setrlimit(RLIMIT_NOFILE, &files);
    _exit(static_cast<int>(fit_limit(wanted)));
  }
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("batch_limit: what so many descriptors are good for") {
  CHECK(largest_limit(1024) == 123);
  CHECK(largest_limit(100) == 7);
  CHECK(largest_limit(10) == 1);
  CHECK(largest_limit(0) == 1);
  CHECK(largest_limit(~std::uint64_t{0}) == 4096);
}

TEST_CASE("batch_limit: the soft limit is raised as far as the hard one allows") {
  CHECK(fitted(100, 100, 4) == 4);
  CHECK(fitted(100, 100, 100) == 7);
  CHECK(fitted(64, 160, 100) == 15);
  CHECK(fitted(64, 160, 15) == 15);
}
