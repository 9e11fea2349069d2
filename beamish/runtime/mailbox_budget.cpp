// SPDX-License-Identifier: Apache-2.0
// tested in: mailbox_limit_test.cpp
#include "beamish/runtime/mailbox_budget.hpp"

#include "beamish/runtime/process.hpp"

namespace beamish::inline v0::detail {

void mailbox_budget::restart(std::int64_t bytes, std::int64_t high_water) noexcept {
  budget_ = bytes;
  high_water_ = high_water != 0 ? high_water : bytes / 5 * 4;
  used_ = 0;
  above_ = false;
  std::lock_guard lock(mutex_);
  watchers_.clear();
}

bool mailbox_budget::take(std::int64_t bytes, bool forced, change& what) noexcept {
  std::int64_t seen = used_.load(std::memory_order_relaxed);
  do {
    if (!forced && seen + bytes > budget_) return false;
  } while (!used_.compare_exchange_weak(seen, seen + bytes, std::memory_order_relaxed));
  if (seen + bytes >= high_water_ && !above_.load() && !above_.exchange(true))
    what = change::reached;
  return true;
}

mailbox_budget::change mailbox_budget::give_back(std::int64_t bytes) noexcept {
  const std::int64_t left = used_.fetch_sub(bytes, std::memory_order_relaxed) - bytes;
  const bool is_low = left <= high_water_ / 8 * 7;
  return is_low && above_.load() && above_.exchange(false) ? change::left : change::none;
}

void mailbox_budget::watch(pid by) {
  std::lock_guard lock(mutex_);
  std::erase(watchers_, by);
  watchers_.push_back(by);
}

std::vector<pid> mailbox_budget::watchers() {
  std::lock_guard lock(mutex_);
  std::erase_if(watchers_, [](pid p) { return !alive(p); });
  return watchers_;
}

}  // namespace beamish::inline v0::detail
