// SPDX-License-Identifier: Apache-2.0
// tested in: world_test.cpp
#include "beamish/sim/conditions.hpp"

#include <exception>

#include "beamish/runtime/process.hpp"

namespace beamish::inline v0::sim {

std::uint64_t conditions::add(std::string name, std::function<bool()> holds, pid waits) {
  std::lock_guard lock(mutex_);
  all_.push_back({next_, std::move(name), std::move(holds), waits, false});
  count_.store(all_.size(), std::memory_order_release);
  return next_++;
}

void conditions::remove(std::uint64_t number) noexcept {
  std::lock_guard lock(mutex_);
  std::erase_if(all_, [&](const condition& c) { return c.number == number; });
  count_.store(all_.size(), std::memory_order_release);
}

void conditions::check() {
  if (count_.load(std::memory_order_acquire) == 0 || failed()) return;
  std::lock_guard lock(mutex_);
  for (condition& c : all_) check(c);
}

void conditions::check(condition& c) {
  if (c.over) return;
  bool holds = false;
  std::string trouble;
  try {
    holds = c.holds();
  } catch (const std::exception& e) {
    trouble = std::string(" (it threw: ") + e.what() + ")";
  } catch (...) {
    trouble = " (it threw)";
  }
  if (!trouble.empty() || (!c.waits && !holds)) {
    return fail({failure_kind::invariant, c.name + trouble});
  }
  if (c.waits && holds) {
    c.over = true;
    send(c.waits, came_true{c.number});
  }
}

void conditions::fail(failure why) {
  std::lock_guard lock(failure_mutex_);
  if (failed()) return;
  failure_ = std::move(why);
  failed_.store(true, std::memory_order_release);
}

failure conditions::first_failure() const {
  std::lock_guard lock(failure_mutex_);
  return failure_;
}

}  // namespace beamish::inline v0::sim
