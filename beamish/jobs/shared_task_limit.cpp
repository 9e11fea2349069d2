// SPDX-License-Identifier: Apache-2.0
#include "beamish/jobs/shared_task_limit.hpp"

#include <algorithm>

#include "beamish/jobs/shared_slots.hpp"
#include "beamish/jobs/task_messages.hpp"
#include "beamish/runtime/process.hpp"

namespace beamish::inline v0 {

shared_task_limit::shared_task_limit(std::size_t slots)
    : slots_(std::make_shared<detail::shared_slots>(slots)) {}

void shared_task_limit::set(std::size_t slots) const { slots_->set_limit(slots); }
shared_task_limit::counts shared_task_limit::usage() const { return slots_->usage(); }

namespace detail {

// What is heavier than the limit runs alone.
bool shared_slots::fits(std::size_t weight) const noexcept {
  return limit_ > 0 && (taken_ == 0 || (taken_ < limit_ && weight <= limit_ - taken_));
}

bool shared_slots::take(const void* owner, std::size_t weight,
                        const std::shared_ptr<task_address>& where) {
  told those;
  bool taken = false;
  {
    const std::lock_guard lock(mutex_);
    const auto mine = std::find_if(waiting_.begin(), waiting_.end(),
                                   [&](const waiter& w) { return w.owner == owner; });
    if (mine != waiting_.end() && mine->granted) {
      taken_ -= mine->weight;
      waiting_.erase(mine);
      taken = fits(weight);
      if (taken) taken_ += weight;
    } else if (mine != waiting_.end()) {
      mine->weight = weight;
    } else {
      const bool others_wait =
          std::any_of(waiting_.begin(), waiting_.end(), [](const waiter& w) { return !w.granted; });
      taken = !others_wait && fits(weight);
      if (taken) taken_ += weight;
    }
    if (!taken && std::none_of(waiting_.begin(), waiting_.end(),
                               [&](const waiter& w) { return w.owner == owner; }))
      waiting_.push_back({owner, weight, false, where});
    those = grant();
  }
  tell(those);
  return taken;
}

bool shared_slots::would_fit(const void* owner, std::size_t weight) const {
  const std::lock_guard lock(mutex_);
  for (const waiter& w : waiting_) {
    if (w.owner == owner) return w.granted;
    if (!w.granted) return false;
  }
  return fits(weight);
}

void shared_slots::give_back(std::size_t weight) {
  told those;
  {
    const std::lock_guard lock(mutex_);
    taken_ -= weight;
    those = grant();
  }
  tell(those);
}

void shared_slots::withdraw(const void* owner) {
  told those;
  {
    const std::lock_guard lock(mutex_);
    const auto mine = std::find_if(waiting_.begin(), waiting_.end(),
                                   [&](const waiter& w) { return w.owner == owner; });
    if (mine == waiting_.end()) return;
    if (mine->granted) taken_ -= mine->weight;
    waiting_.erase(mine);
    those = grant();
  }
  tell(those);
}

void shared_slots::set_limit(std::size_t limit) {
  told those;
  {
    const std::lock_guard lock(mutex_);
    limit_ = limit;
    those = grant();
  }
  tell(those);
}

shared_slots::told shared_slots::grant() {
  told those;
  for (waiter& w : waiting_) {
    if (w.granted) continue;
    if (!fits(w.weight)) break;
    w.granted = true;
    taken_ += w.weight;
    those.push_back(w.where->handler());
  }
  return those;
}

// Not under the lock: who is told may run at once, and ask.
void shared_slots::tell(const told& those) {
  for (const pid& p : those) send(p, look_for_room{});
}

shared_task_limit::counts shared_slots::usage() const {
  const std::lock_guard lock(mutex_);
  const auto waiting =
      std::count_if(waiting_.begin(), waiting_.end(), [](const waiter& w) { return !w.granted; });
  return {limit_, taken_, static_cast<std::size_t>(waiting)};
}

}  // namespace detail
}  // namespace beamish::inline v0
