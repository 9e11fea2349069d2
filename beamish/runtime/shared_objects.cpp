// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/shared_objects.hpp"

#include <mutex>

namespace beamish::inline v0::detail {

// What is replaced or taken out ends outside of the lock: its destructor is not ours.

void shared_objects::put(std::string_view name, std::shared_ptr<shared_object> object) {
  std::string key(name);
  std::unique_lock lock(mutex_);
  objects_[std::move(key)].swap(object);
  lock.unlock();
}

void shared_objects::erase(std::string_view name, const shared_object* which) noexcept {
  std::shared_ptr<shared_object> old;
  std::unique_lock lock(mutex_);
  const auto at = objects_.find(name);
  if (at == objects_.end() || at->second.get() != which) return;
  old = std::move(at->second);
  objects_.erase(at);
  lock.unlock();
}

std::shared_ptr<shared_object> shared_objects::find(std::string_view name) const noexcept {
  std::shared_lock lock(mutex_);
  const auto at = objects_.find(name);
  return at == objects_.end() ? nullptr : at->second;
}

void shared_objects::clear() noexcept {
  std::map<std::string, std::shared_ptr<shared_object>, std::less<>> old;
  std::unique_lock lock(mutex_);
  old.swap(objects_);
  lock.unlock();
}

}  // namespace beamish::inline v0::detail
