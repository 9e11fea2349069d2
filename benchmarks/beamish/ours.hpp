// SPDX-License-Identifier: Apache-2.0
// What our programs of the comparison share: the result of a row, its check, and the clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "beamish/runtime/task.hpp"

namespace ours {

struct result {
  double seconds = 0;
  double figure = 0;
  std::string unit;
  std::string checked;
};

class stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// The result of a row that counts operations per second.
result rate(std::int64_t n, double seconds, std::string checked);

/// Ends the program when a result is wrong: a wrong run has no figure.
std::string expect(const char* what, std::int64_t got, std::int64_t want);

/// One field of /proc/self/status in KiB.
std::int64_t status(const std::string& field);

/// A row runs as a process; `n` is how much of it.
using row = beamish::task<result>(std::int64_t n);

row calls, calls_queued, calls8;
row casts, casts_dropped, casts8, casts8_dropped;
row spawns, idle, ring, skynet;

}  // namespace ours
