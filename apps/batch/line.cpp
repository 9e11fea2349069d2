// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/line.hpp"

namespace beamish::apps {

waiting_line::place& waiting_line::place::operator=(place&& other) noexcept {
  if (this == &other) return *this;
  leave();
  line_ = std::exchange(other.line_, nullptr);
  number_ = other.number_;
  return *this;
}

void waiting_line::place::await_turn() const {
  if (line_ == nullptr) return;
  std::unique_lock lock(line_->mutex_);
  line_->moved_.wait(lock, [this] { return *line_->inside_.begin() == number_; });
}

void waiting_line::place::leave() noexcept {
  if (line_ == nullptr) return;
  waiting_line& line = *std::exchange(line_, nullptr);
  const std::lock_guard lock(line.mutex_);
  line.inside_.erase(number_);
  // Under the lock: once another may have its turn, the line may end.
  line.moved_.notify_all();
}

waiting_line::place waiting_line::enter() {
  const std::lock_guard lock(mutex_);
  inside_.insert(next_);
  return {*this, next_++};
}

}  // namespace beamish::apps
