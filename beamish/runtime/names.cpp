// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/names.hpp"

#include <algorithm>

namespace beamish::inline v0::detail {

name_result name_table::insert(std::string_view name, pid holder) {
  std::unique_lock lock(mutex_);
  if (pids_.find(name) != pids_.end()) return name_result::name_taken;
  auto [at, fresh] = names_.try_emplace(holder, name);
  if (!fresh) return name_result::has_name;
  try {
    pids_.emplace(name, holder);
  } catch (...) {
    names_.erase(at);
    throw;
  }
  return name_result::done;
}

bool name_table::erase(std::string_view name, pid holder) noexcept {
  std::unique_lock lock(mutex_);
  auto at = pids_.find(name);
  if (at == pids_.end() || at->second != holder) return false;
  names_.erase(holder);
  pids_.erase(at);
  return true;
}

void name_table::forget(pid holder) noexcept {
  std::unique_lock lock(mutex_);
  auto at = names_.find(holder);
  if (at == names_.end()) return;
  pids_.erase(at->second);
  names_.erase(at);
}

std::string name_table::name_of(pid holder) const {
  std::shared_lock lock(mutex_);
  auto at = names_.find(holder);
  return at == names_.end() ? std::string() : at->second;
}

pid name_table::find(std::string_view name) const noexcept {
  std::shared_lock lock(mutex_);
  auto at = pids_.find(name);
  return at == pids_.end() ? pid{} : at->second;
}

std::vector<std::string> name_table::all() const {
  std::vector<std::string> names;
  {
    std::shared_lock lock(mutex_);
    names.reserve(pids_.size());
    for (const auto& entry : names_) names.push_back(entry.second);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::size_t name_table::size() const noexcept {
  std::shared_lock lock(mutex_);
  return pids_.size();
}

void name_table::clear() noexcept {
  std::unique_lock lock(mutex_);
  pids_.clear();
  names_.clear();
}

}  // namespace beamish::inline v0::detail
