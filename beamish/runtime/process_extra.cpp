// SPDX-License-Identifier: Apache-2.0
// tested in: process_test.cpp
#include "beamish/runtime/process_extra.hpp"

#include <algorithm>

#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/crash_report.hpp"
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

process_extra::process_extra() noexcept = default;
process_extra::~process_extra() = default;

process_extra& extra_of(process_slot& slot) {
  if (slot.extra == nullptr) slot.extra = pool_new<process_extra>();
  return *slot.extra;
}

void free_extra(process_slot& slot) noexcept {
  process_extra* extra = std::exchange(slot.extra, nullptr);
  if (extra == nullptr) return;
  release(extra->own_lineage);
  release(extra->callers);
  release(extra->own_callers);
  pool_delete(extra);
}

void end_wait_timer(process_slot& slot) noexcept {
  if (slot.extra == nullptr || slot.extra->wait_timer == nullptr) return;
  timer_record* record = std::exchange(slot.extra->wait_timer, nullptr);
  // Armed and no longer to be cancelled: then it is a signal under way, and ends as one.
  const bool idle = slot.extra->wait_timer_deadline == 0;
  if (idle || slot.node->timers.cancel(record)) discard(record);
}

void drop_alias(process_slot& slot, const reference& id) noexcept {
  if (slot.extra == nullptr) return;
  const std::uint64_t count = (std::uint64_t{id.words[2]} << 32) | id.words[3];
  std::erase_if(slot.extra->aliases, [&](const alias_entry& a) { return a.count == count; });
}

void end_alias_of_monitor(process_slot& slot, const reference& id) noexcept {
  // References of others have the same counts.
  if (slot.extra == nullptr || owner_of(id) != pid_of(slot)) return;
  const std::uint64_t count = (std::uint64_t{id.words[2]} << 32) | id.words[3];
  std::erase_if(slot.extra->aliases, [&](const alias_entry& a) {
    return a.count == count &&
           (a.kind == alias_kind::demonitor || a.kind == alias_kind::reply_demonitor);
  });
  slot.extra->requests.erase(count);
}

namespace {
lineage* shortened(const lineage* l, std::uint32_t length) {
  lineage* nearest = nullptr;
  lineage** end = &nearest;
  try {
    for (; length > 0; --length, l = l->parents, end = &(*end)->parents) {
      *end = pool_new<lineage>();
      (*end)->process = l->process;
      (*end)->initial_call = l->initial_call;
      (*end)->length = length;
    }
  } catch (...) {
    release(nearest);
    throw;
  }
  return nearest;
}

// `slot` in front of `above`; made once and kept in `own`.
lineage* extended(const process_slot& slot, lineage* above, lineage*& own) {
  if (own == nullptr) {
    const bool is_long = above != nullptr && above->length == max_lineage;
    auto* first = pool_new<lineage>();
    try {
      first->parents = is_long ? shortened(above, max_lineage / 2) : retain(above);
    } catch (...) {
      pool_delete(first);
      throw;
    }
    first->process = pid_of(slot);
    first->initial_call = slot.type->initial_call;
    first->length = first->parents == nullptr ? 1 : first->parents->length + 1;
    own = first;
  }
  return retain(own);
}
}  // namespace

lineage* lineage_for_children(process_slot& slot) {
  return extended(slot, slot.parents, extra_of(slot).own_lineage);
}

lineage* callers_of(const process_slot& slot) noexcept {
  if (slot.type->callers != nullptr) return slot.type->callers(slot);
  return slot.extra == nullptr ? nullptr : slot.extra->callers;
}

lineage* callers_for_tasks(process_slot& slot) {
  return extended(slot, callers_of(slot), extra_of(slot).own_callers);
}

}  // namespace beamish::inline v0::detail
