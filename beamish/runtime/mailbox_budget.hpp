// SPDX-License-Identifier: Apache-2.0
//
// The bytes of the messages that wait on a node, against its budget.
//
//     budget.restart(1'000'000, 0);
//     budget.take(400, false)       // true: there was room
//     budget.give_back(400)
//
// Threads: any; restart before there are any.
// tested in: mailbox_limit_test.cpp
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "beamish/term/identifiers.hpp"

namespace beamish::inline v0::detail {

class mailbox_budget {
 public:
  enum class change : std::uint8_t { none, reached, left };

  // 0: no budget; of the high water: four fifths of it.
  void restart(std::int64_t bytes, std::int64_t high_water) noexcept;
  bool is_set() const noexcept { return budget_ != 0; }
  std::int64_t budget() const noexcept { return budget_; }
  std::int64_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

  // False if that would be too much, unless it is `forced`. What has changed must be told.
  bool take(std::int64_t bytes, bool forced, change& what) noexcept;
  change give_back(std::int64_t bytes) noexcept;

  void watch(pid by);
  // Those that watch and live.
  std::vector<pid> watchers();

 private:
  std::int64_t budget_ = 0;
  std::int64_t high_water_ = 0;
  std::atomic<std::int64_t> used_{0};
  std::atomic<bool> above_{false};
  std::mutex mutex_;
  std::vector<pid> watchers_;
};

}  // namespace beamish::inline v0::detail
