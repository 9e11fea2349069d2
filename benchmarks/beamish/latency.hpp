// SPDX-License-Identifier: Apache-2.0
// How late things were: percentiles of single values, and of times weighted by themselves.
#pragma once

#include <cstdint>
#include <vector>

namespace ours {

/// The value that the share `p` of `values` does not exceed. Reorders them.
std::int64_t percentile(std::vector<std::int64_t>& values, double p);

/// Round trips that follow each other without a gap: what somebody who comes at any time finds. A
/// round trip counts by the time it takes, so one of 10 ms weighs as much as 10,000 of 1 us.
class time_weighted {
 public:
  void add(std::int64_t nanoseconds);
  /// Seconds. The share `p` of the time was spent in round trips of at most that long, read off in
  /// steps of 10 us, rounded up.
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

}  // namespace ours
