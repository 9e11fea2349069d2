// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/limit.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace beamish::apps {
namespace {

// Two ends of two pipes, the process itself, the timer of its timeout and grace, two files for its
// output.
constexpr std::uint64_t for_each_command = 8;
// Standard streams, signals, the node's own, a temporary file.
constexpr std::uint64_t for_the_rest = 40;
// Threads are not counted by any limit that could be asked for.
constexpr std::size_t most_threads = 4096;

}  // namespace

std::size_t largest_limit(std::uint64_t open_files) {
  const std::uint64_t left = open_files > for_the_rest ? open_files - for_the_rest : 0;
  return static_cast<std::size_t>(
      std::clamp<std::uint64_t>(left / for_each_command, 1, most_threads));
}

std::size_t fit_limit(std::size_t wanted) {
  rlimit files = {};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return std::min(wanted, most_threads);
  const std::size_t possible = std::min(wanted, largest_limit(files.rlim_max));
  const rlim_t needed = for_the_rest + for_each_command * possible;
  if (files.rlim_cur < needed) {
    files.rlim_cur = std::min(needed, files.rlim_max);
    setrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_NOFILE, &files);
  }
  return std::min(possible, largest_limit(files.rlim_cur));
}

}  // namespace beamish::apps
