// SPDX-License-Identifier: Apache-2.0
// What our programs of the comparison share: the result of a row, its check, and the clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "beamish/runtime/task.hpp"

namespace ours {

/// The time that passed, and the processor time that all threads of the program used meanwhile.
struct elapsed {
  double seconds = 0;
  double cpu_seconds = 0;
};

struct result {
  elapsed took;
  double figure = 0;
  std::string unit;
  std::string checked;
  // What else the row says, each by its name in the driver's list of rows.
  std::vector<std::pair<const char*, double>> details{};
};

class stopwatch {
 public:
  elapsed read() const {
    const auto passed = std::chrono::steady_clock::now() - start_;
    const auto used = static_cast<double>(std::clock() - used_) / CLOCKS_PER_SEC;
    return {std::chrono::duration<double>(passed).count(), used};
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::clock_t used_ = std::clock();
};

/// The result of a row that counts operations per second.
result rate(std::int64_t n, elapsed took, std::string checked);

/// Ends the program when a result is wrong: a wrong run has no figure.
std::string expect(const char* what, std::int64_t got, std::int64_t want);

/// One field of /proc/self/status in KiB.
std::int64_t status(const std::string& field);

/// A row runs as a process; `n` is how much of it.
using row = beamish::task<result>(std::int64_t n);

row calls, calls_queued, calls8;
row casts, casts_dropped, casts_bounded, casts8, casts8_dropped, casts8_bounded;
row spawns, idle, ring, skynet;
row timers, tasks, backlog_inline, backlog_queued;
row beside_endless_loops, beside_awaiting_loops;
row restarts, dynamic_starts, supervised_dynamic, supervised_by_id;
row asyncs, many_asyncs, streams, agent_gets, agent_updates;
row registry_lookups, registry_dispatches;
row hello;

}  // namespace ours
