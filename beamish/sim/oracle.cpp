// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/oracle.hpp"

#include <algorithm>
#include <bit>

namespace beamish::inline v0::sim {

namespace {

std::uint64_t mixed(std::uint64_t z) noexcept {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

// The length of the run is not known beforehand, so a change is as likely between steps 8 and 16
// as between 8,192 and 16,384.
constexpr std::uint32_t largest_change = 14;

}  // namespace

void oracle::start_numbers(std::uint64_t seed) noexcept {
  for (std::uint64_t& word : state_) {
    seed += 0x9e3779b97f4a7c15ull;
    word = mixed(seed);
  }
}

oracle::oracle(std::uint64_t seed, strategy how) : seed_(seed) {
  start_numbers(seed);
  decisions_.reserve(256);
  if (how.what == strategy::kind::mixed) {
    how.what = (mixed(seed) & 1) == 0 ? strategy::kind::random_walk : strategy::kind::pct;
  }
  if (how.what != strategy::kind::pct) return;
  depth_ = how.depth != 0 ? how.depth : 1 + below(5);
  for (std::uint32_t i = 1; i < depth_; ++i) {
    const std::uint64_t order = std::uint64_t{1} << below(largest_change);
    changes_.push_back(order + below(static_cast<std::uint32_t>(order)));
  }
}

oracle::oracle(script answers) : script_(std::move(answers)) { start_numbers(script_->tail_seed); }

std::uint64_t oracle::draw() noexcept {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

// The upper half times the number of options: its bias is below options / 2^32.
std::uint32_t oracle::below(std::uint32_t options) noexcept {
  return static_cast<std::uint32_t>(((draw() >> 32) * options) >> 32);
}

double oracle::draw_unit() noexcept { return static_cast<double>(draw() >> 11) * 0x1p-53; }

std::uint32_t oracle::answer(choice kind, std::uint32_t options) noexcept {
  const std::size_t at = decisions_.size();
  if (at >= script_->decisions.size()) return answer_behind_the_end(options);
  const decision& then = script_->decisions[at];
  if (script_->strict && (then.kind != kind || then.options != options)) {
    if (!diverged_) diverged_ = at;
    return 0;
  }
  return std::min(then.chosen, options - 1);
}

std::uint32_t oracle::answer_behind_the_end(std::uint32_t options) noexcept {
  if (script_->strange_tail == 0 || below(script_->strange_tail) != 0) return 0;
  return below(options);
}

bool oracle::is_fixed(choice kind) const noexcept {
  return script_ && script_->narrow &&
         (kind == choice::slice || kind == choice::duration || kind == choice::random);
}

std::uint32_t oracle::choose(choice kind, std::uint32_t options) {
  if (options <= 1 || !choosing_ || is_fixed(kind)) return 0;
  const std::uint32_t chosen = script_ ? answer(kind, options) : below(options);
  decisions_.push_back({kind, options, chosen});
  return chosen;
}

std::uint32_t oracle::choose_rarely(choice kind, std::span<const double> rates) {
  const auto options = static_cast<std::uint32_t>(rates.size()) + 1;
  if (options == 1 || !choosing_) return 0;
  std::uint32_t chosen = 0;
  if (script_) {
    chosen = answer(kind, options);
  } else {
    double at = draw_unit();
    for (std::uint32_t i = 1; i < options && chosen == 0; ++i) {
      if (at < rates[i - 1]) chosen = i;
      at -= rates[i - 1];
    }
  }
  decisions_.push_back({kind, options, chosen});
  return chosen;
}

std::uint64_t oracle::priority(std::uint64_t lane) const noexcept {
  // Each change puts its lane below all that were lowered before, and those below the others.
  const auto at = std::find(lowered_.rbegin(), lowered_.rend(), lane);
  if (at != lowered_.rend()) return static_cast<std::uint64_t>(at - lowered_.rbegin());
  return mixed(lane ^ mixed(seed_ + 0x9e3779b97f4a7c15ull)) | (std::uint64_t{1} << 63);
}

std::uint32_t oracle::highest(std::span<const std::uint64_t> lanes) noexcept {
  std::uint32_t best = 0;
  for (std::uint32_t i = 1; i < lanes.size(); ++i) {
    if (priority(lanes[i]) > priority(lanes[best])) best = i;
  }
  return best;
}

std::uint32_t oracle::choose_next(std::span<const std::uint64_t> lanes, bool overdue) {
  const auto options = static_cast<std::uint32_t>(lanes.size());
  if (depth_ == 0) return choose(choice::next, options);
  if (!choosing_) return 0;
  ++steps_;
  std::uint32_t chosen = overdue ? 0 : highest(lanes);
  if (std::find(changes_.begin(), changes_.end(), steps_) != changes_.end()) {
    lowered_.push_back(lanes[chosen]);
    chosen = highest(lanes);
  }
  if (options > 1) decisions_.push_back({choice::next, options, chosen});
  return chosen;
}

std::uint64_t oracle::random_number() {
  const std::uint64_t high = choose(choice::random, ~0u);
  const std::uint64_t low = choose(choice::random, ~0u);
  return (high << 32) | low;
}

std::optional<std::vector<decision>> next_script(std::vector<decision> run) {
  while (!run.empty() && run.back().chosen + 1 == run.back().options) run.pop_back();
  if (run.empty()) return std::nullopt;
  ++run.back().chosen;
  return run;
}

}  // namespace beamish::inline v0::sim
