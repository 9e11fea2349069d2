// SPDX-License-Identifier: Apache-2.0
// How late things were: percentiles of single values, and of times weighted by themselves.
#pragma once

#include <cstdint>
#include <vector>

namespace peer {

/// The value that the share `p` of `values` does not exceed. Reorders them.
std::int64_t percentile(std::vector<std::int64_t>& values, double p);

/// Nanoseconds of the steady clock.
std::int64_t clock_ns();

/// Round trips that follow each other without a gap; each counts by the time it takes.
class time_weighted {
 public:
  void add(std::int64_t nanoseconds);
  /// Seconds, read off in steps of 10 us, rounded up.
  double percentile(double p) const;
  double worst() const { return static_cast<double>(worst_) / 1e9; }
  std::int64_t count() const { return count_; }
  double total() const { return static_cast<double>(total_) / 1e9; }

 private:
  static constexpr std::int64_t step = 10'000;
  static constexpr std::int64_t steps = 1'000'000;
  std::vector<std::int64_t> time_in_ = std::vector<std::int64_t>(steps + 1);
  std::int64_t total_ = 0;
  std::int64_t worst_ = 0;
  std::int64_t count_ = 0;
};

}  // namespace peer
