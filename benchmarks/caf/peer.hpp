// SPDX-License-Identifier: Apache-2.0
// What the CAF programs of the comparison share: the result of a row, its check, and the clock.
#pragma once

#include <caf/all.hpp>

#include <chrono>
#include <cstdint>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

namespace peer {

/// The time that passed, and the processor time that all threads of the program used meanwhile.
struct elapsed {
  double seconds = 0;
  double cpu_seconds = 0;
};

struct result {
  elapsed took{};
  double figure = 0;
  std::string unit{};
  std::string checked{};
  // What else the row says, each by its name in the driver's list of rows.
  std::vector<std::pair<const char*, double>> details{};
  double starved = 0;  // seconds in which what was measured did not go on at all
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
std::string expect(const std::string& what, std::int64_t got, std::int64_t want);

/// One field of /proc/self/status in KiB.
std::int64_t status(const std::string& field);

result calls(caf::actor_system& system, std::int64_t clients, std::int64_t n);
result casts(caf::actor_system& system, std::int64_t producers, std::int64_t n);
result spawns(caf::actor_system& system, std::int64_t n);
result idle(caf::actor_system& system, std::int64_t n);
result ring(caf::actor_system& system, std::int64_t n);
result skynet(caf::actor_system& system, std::int64_t n);
result timers(caf::actor_system& system, std::int64_t n);
result tasks(caf::actor_system& system, std::int64_t n);
result backlog(caf::actor_system& system, std::int64_t n);
result beside_endless_loops(caf::actor_system& system, std::int64_t n);
result beside_yielding_loops(caf::actor_system& system, std::int64_t n);
result hello(caf::actor_system& system, std::int64_t n);

}  // namespace peer
