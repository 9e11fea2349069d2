// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/process_extra.hpp"

#include <algorithm>

#include "beamish/runtime/memory_access.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/timers.hpp"

namespace beamish::inline v0::detail {

lineage* retain(lineage* l) noexcept {
  if (l != nullptr) l->references.fetch_add(1, std::memory_order_relaxed);
  return l;
}

void release(lineage* l) noexcept {
  while (l != nullptr && l->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    lineage* above = l->parents;
    pool_delete(l);
    l = above;
  }
}

process_extra& extra_of(process_slot& slot) {
  if (slot.extra == nullptr) slot.extra = pool_new<process_extra>();
  return *slot.extra;
}

void free_extra(process_slot& slot) noexcept {
  process_extra* extra = std::exchange(slot.extra, nullptr);
  if (extra == nullptr) return;
  // A wait timer that can't be cancelled has fired: it is a signal under way, and ends as one.
  if (extra->wait_timer != nullptr && slot.node->timers.cancel(extra->wait_timer)) {
    discard(extra->wait_timer);
  }
  release(extra->own_lineage);
  pool_delete(extra);
}

void drop_alias(process_slot& slot, const reference& id) noexcept {
  if (slot.extra == nullptr) return;
  const std::uint64_t count = (std::uint64_t{id.words[2]} << 32) | id.words[3];
  std::erase_if(slot.extra->aliases, [&](const alias_entry& a) { return a.count == count; });
}

lineage* lineage_for_children(process_slot& slot) {
  process_extra& extra = extra_of(slot);
  if (extra.own_lineage == nullptr) {
    extra.own_lineage = pool_new<lineage>();
    extra.own_lineage->process = pid_of(slot);
    extra.own_lineage->parents = retain(slot.parents);
    extra.own_lineage->initial_call = slot.type->initial_call;
  }
  return retain(extra.own_lineage);
}

}  // namespace beamish::inline v0::detail
