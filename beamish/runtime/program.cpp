// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/program.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>

#include "beamish/runtime/mailbox_room.hpp"
#include "beamish/runtime/node_core.hpp"

namespace beamish::inline v0::detail {

program& the_program() noexcept {
  alignas(program) static unsigned char storage[sizeof(program)];
  static program* one = ::new (storage) program;
  return *one;
}

std::uint32_t program::first_free_from(std::uint32_t index) noexcept {
  for (node_entry* e = entry(index); e != nullptr && e->core.load() != nullptr; e = entry(index)) {
    ++index;
  }
  return index;
}

node_entry& program::make_entry(std::uint32_t index) {
  auto& at = segments_.at(index / entries_per_segment);
  segment* s = at.load(std::memory_order_acquire);
  if (s == nullptr) at.store(s = new segment, std::memory_order_release);
  return s->entries[index % entries_per_segment];
}

std::uint32_t program::enter_node(std::string_view name, node_core* core, slot_directory* directory,
                                  std::uint32_t simulated_from) {
  std::lock_guard lock(mutex_);
  auto at = std::lower_bound(living_.begin(), living_.end(), name,
                             [](const auto& a, std::string_view b) { return a.first < b; });
  if (at != living_.end() && at->first == name) {
    throw std::invalid_argument(
        "a node named '" + std::string(name) +
        "' already runs in this program: stop it first or choose another name");
  }
  const bool simulated = simulated_from != 0;
  const std::uint32_t index = simulated ? first_free_from(simulated_from) : next_index_;
  node_entry& e = make_entry(index);
  e.name = name;
  living_.emplace(at, name, index);
  if (!simulated) ++next_index_;
  e.core.store(core, std::memory_order_release);
  e.directory.store(directory, std::memory_order_release);
  return index;
}

void program::leave_node(std::uint32_t index) noexcept {
  std::lock_guard lock(mutex_);
  node_entry& e =
      segments_[index / entries_per_segment].load()->entries[index % entries_per_segment];
  e.directory.store(nullptr, std::memory_order_release);
  e.core.store(nullptr, std::memory_order_release);
  std::erase_if(living_, [&](const auto& l) { return l.second == index; });
}

node_entry* program::entry(std::uint32_t index) noexcept {
  if (index / entries_per_segment >= segments_.size()) return nullptr;
  segment* s = segments_[index / entries_per_segment].load(std::memory_order_acquire);
  return s == nullptr ? nullptr : &s->entries[index % entries_per_segment];
}

std::uint32_t program::find_node(std::string_view name) noexcept {
  std::lock_guard lock(mutex_);
  auto at = std::lower_bound(living_.begin(), living_.end(), name,
                             [](const auto& a, std::string_view b) { return a.first < b; });
  return at != living_.end() && at->first == name ? at->second : 0;
}

std::vector<std::string> program::living_nodes() {
  std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& l : living_) names.push_back(l.first);
  return names;
}

namespace {
template <class T>
T* borrow(std::mutex& mutex, stable_pool<T>& pool) {
  std::lock_guard lock(mutex);
  if (!pool.idle.empty()) {
    T* one = pool.idle.back();
    pool.idle.pop_back();
    return one;
  }
  // Room for all of them, so that giving one back never allocates.
  if (pool.idle.capacity() <= pool.made) pool.idle.reserve(2 * pool.made + 16);
  T* one = new T;
  ++pool.made;
  return one;
}
}  // namespace

node_core* program::borrow_core() { return borrow(mutex_, cores_); }
slot_directory* program::borrow_directory() { return borrow(mutex_, directories_); }
slot_branch* program::borrow_branch() { return borrow(mutex_, branches_); }
slot_chunk* program::borrow_chunk() { return borrow(mutex_, chunks_); }

void program::return_core(node_core* core) noexcept {
  std::lock_guard lock(mutex_);
  cores_.idle.push_back(core);
}

void program::return_directory(slot_directory* directory) noexcept {
  std::lock_guard lock(mutex_);
  for (auto& b : directory->branches) {
    slot_branch* branch = b.exchange(nullptr, std::memory_order_acq_rel);
    if (branch == nullptr) break;  // branches are added in order
    for (auto& c : branch->chunks) {
      slot_chunk* chunk = c.exchange(nullptr, std::memory_order_acq_rel);
      if (chunk == nullptr) break;
      chunks_.idle.push_back(chunk);
    }
    forget_places(*branch);
    branches_.idle.push_back(branch);
  }
  directories_.idle.push_back(directory);
}

}  // namespace beamish::inline v0::detail
