// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/agenda.hpp"

#include <algorithm>

namespace beamish::inline v0::sim {

namespace {
// From here on keeping the order costs more than the rest of a step.
constexpr std::size_t long_list = 512;
}  // namespace

void agenda::add(event e, std::uint64_t step) {
  e.since = step;
  events_.push_back(e);
}

void agenda::add_later(std::int64_t when, const event& e) {
  later_.push_back({when, e});
  next_time_ = std::min(next_time_, when);
}

void agenda::reach(std::int64_t now, std::uint64_t step) {
  if (now < next_time_) return;
  next_time_ = never;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < later_.size(); ++i) {
    if (later_[i].when <= now) {
      add(later_[i].what, step);
    } else {
      next_time_ = std::min(next_time_, later_[i].when);
      later_[kept++] = later_[i];
    }
  }
  later_.resize(kept);
}

void agenda::hurry(const detail::node_core& node, std::uint64_t step) {
  for (later& l : later_) {
    if (l.what.slot != nullptr && l.what.slot->node == &node) l.when = 0;
  }
  next_time_ = 0;
  reach(0, step);
}

event agenda::take(std::uint32_t which) noexcept {
  const event taken = events_[which];
  if (events_.size() < long_list) {
    events_.erase(events_.begin() + which);
  } else {
    events_[which] = events_.back();
    events_.pop_back();
  }
  return taken;
}

}  // namespace beamish::inline v0::sim
