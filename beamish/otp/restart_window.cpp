// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/restart_window.hpp"

#include <algorithm>
#include <cmath>

namespace beamish::inline v0::detail {

bool restart_window::add(std::int64_t now) {
  if (most_ == no_limit) return true;
  while (first_ < times_.size() && times_[first_] < now - period_) ++first_;
  // Those that are out go when they are half of all: each is moved at most once.
  if (first_ > times_.size() / 2) {
    times_.erase(times_.begin(), times_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  times_.push_back(now);
  return static_cast<std::int64_t>(count()) <= most_;
}

std::int64_t backoff_clock::next(std::int64_t now, std::uint64_t random) noexcept {
  const std::int64_t longest = std::max(rules_.first, rules_.max).count();
  if (started_ >= 0 && now - started_ >= longest) in_a_row_ = 0;
  started_ = -1;
  // 2^62 ns are 146 years: no pause is longer.
  const double doubled = std::ldexp(static_cast<double>(rules_.first.count()),
                                    static_cast<int>(std::min(in_a_row_, 62u)));
  ++in_a_row_;
  const double pause = std::min(doubled, static_cast<double>(longest));
  // From -1 to 1.
  const double chance = std::ldexp(static_cast<double>(random >> 11), -52) - 1.0;
  return std::max<std::int64_t>(0, std::llround(pause * (1.0 + rules_.jitter * chance)));
}

}  // namespace beamish::inline v0::detail
