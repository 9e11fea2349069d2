// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/global.hpp"

#include "beamish/runtime/global_table.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/program.hpp"

namespace beamish::inline v0::detail {

bool global_table::insert(const term& name, pid holder) {
  std::lock_guard lock(mutex_);
  return pids_.emplace(name, holder).second;
}

void global_table::erase(const term& name) noexcept {
  std::lock_guard lock(mutex_);
  pids_.erase(name);
}

pid global_table::find(const term& name) const noexcept {
  std::lock_guard lock(mutex_);
  const auto at = pids_.find(name);
  return at == pids_.end() ? pid{} : at->second;
}

// Few processes have such a name, and they live long: no second index is kept for their end.
void global_table::forget(pid holder) noexcept {
  std::lock_guard lock(mutex_);
  std::erase_if(pids_, [holder](const auto& entry) { return entry.second == holder; });
}

std::size_t global_table::size() const noexcept {
  std::lock_guard lock(mutex_);
  return pids_.size();
}

pid global_registry::whereis_name(const term& name) const {
  const pid holder = the_program().globals.find(name);
  return holder && alive(holder) ? holder : pid{};
}

bool global_registry::register_name(const term& name, pid holder) const {
  global_table& globals = the_program().globals;
  process_slot* slot = find_slot(holder);
  if (slot == nullptr || !alive(holder) || !globals.insert(name, holder)) return false;
  slot->flags.fetch_or(slot_flag::has_global_name, std::memory_order_seq_cst);
  if (alive(holder)) return true;
  // It has ended meanwhile, perhaps before it could see the flag.
  globals.forget(holder);
  return false;
}

void global_registry::unregister_name(const term& name) const { the_program().globals.erase(name); }

}  // namespace beamish::inline v0::detail
