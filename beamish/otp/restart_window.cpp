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

duration pause_of(const restart_backoff& rules, std::uint32_t number,
                  std::uint64_t random) noexcept {
  // 2^62 ns are 146 years: no pause is longer.
  constexpr int most_doublings = 62;
  const double never_longer = std::ldexp(1.0, most_doublings);
  const double longest = static_cast<double>(std::max(rules.first, rules.max).count());
  const double doubled =
      std::ldexp(static_cast<double>(rules.first.count()),
                 static_cast<int>(std::min<std::uint32_t>(number, most_doublings)));
  // From -1 to 1.
  const double chance = std::ldexp(static_cast<double>(random >> 11), -52) - 1.0;
  const double pause = std::min(doubled, longest) * (1.0 + rules.jitter * chance);
  return duration(std::llround(std::clamp(pause, 0.0, never_longer)));
}

std::int64_t backoff_clock::next(std::int64_t now, std::uint64_t random) noexcept {
  if (started_ >= 0 && now - started_ >= std::max(rules_.first, rules_.max).count()) in_a_row_ = 0;
  started_ = -1;
  return pause_of(rules_, in_a_row_++, random).count();
}

}  // namespace beamish::inline v0::detail
