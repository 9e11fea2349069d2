// SPDX-License-Identifier: Apache-2.0
//
// When a supervisor may restart: at most so many times within so long, and after a pause.
//
//     restart_window window(1, 5s);
//     window.add(0s);                  // true: one restart is allowed
//     window.add(5s);                  // false: the first was just 5 s ago, and still counts
//
// Times are nanoseconds of the node's clock. No clock and no randomness of its own.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "beamish/otp/child_spec.hpp"

namespace beamish::inline v0::detail {

class restart_window {
 public:
  static constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();

  restart_window() = default;
  // REQUIRES: most >= 0, period > 0.
  restart_window(std::int64_t most, std::int64_t period) noexcept : most_(most), period_(period) {}

  // Counts a restart. False if it is one too many: with it there are more than `most` that are not
  // older than `period`.
  bool add(std::int64_t now);
  // Those counted in the window that ended with the last one; 0 without a limit.
  std::size_t count() const noexcept { return times_.size() - first_; }
  std::int64_t most() const noexcept { return most_; }
  std::int64_t period() const noexcept { return period_; }

 private:
  std::int64_t most_ = 0;
  std::int64_t period_ = 1;
  // Oldest first; those before `first_` are out of the window.
  std::vector<std::int64_t> times_;
  std::size_t first_ = 0;
};

// How long the pause of that number (0: the first) lasts. `random`: 64 bits of chance.
duration pause_of(const restart_backoff& rules, std::uint32_t number,
                  std::uint64_t random) noexcept;

// The pauses of one child.
class backoff_clock {
 public:
  explicit backoff_clock(const restart_backoff& b) noexcept : rules_(b) {}

  // How long to wait now, before a start. `random`: 64 bits of chance.
  std::int64_t next(std::int64_t now, std::uint64_t random) noexcept;
  void started(std::int64_t now) noexcept { started_ = now; }

 private:
  restart_backoff rules_;
  std::int64_t started_ = -1;  // of the run that has ended; < 0: none
  std::uint32_t in_a_row_ = 0;
};

}  // namespace beamish::inline v0::detail
