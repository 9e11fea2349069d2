// SPDX-License-Identifier: Apache-2.0
#include "latency.hpp"

#include <algorithm>
#include <chrono>

namespace peer {

std::int64_t percentile(std::vector<std::int64_t>& values, double p) {
  const auto rank = static_cast<std::ptrdiff_t>(p * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return values[static_cast<std::size_t>(rank)];
}

std::int64_t clock_ns() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void time_weighted::add(std::int64_t nanoseconds) {
  time_in_[static_cast<std::size_t>(std::min(nanoseconds / step, steps))] += nanoseconds;
  total_ += nanoseconds;
  worst_ = std::max(worst_, nanoseconds);
  ++count_;
}

double time_weighted::percentile(double p) const {
  const double wanted = p * static_cast<double>(total_);
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < time_in_.size(); ++i) {
    sum += time_in_[i];
    if (static_cast<double>(sum) >= wanted) return static_cast<double>((i + 1) * step) / 1e9;
  }
  return worst();
}

}  // namespace peer
