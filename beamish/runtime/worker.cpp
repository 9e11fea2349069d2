// SPDX-License-Identifier: Apache-2.0
//
// The queues of one worker.
// tested in: scheduler_test.cpp
#include "beamish/runtime/scheduler.hpp"

#include <algorithm>
#include <utility>

namespace beamish::inline v0::detail {

worker::worker(node_core& core) : context(the_program().depot) {
  node = &core;
  as_worker = this;
  budget = messages_per_slice;
}

void worker::push_back(process_slot* slot) noexcept {
  if (ring.push_quietly(slot)) return;
  process_slot* half[run_queue<process_slot>::capacity / 2];
  const std::size_t moved = ring.take_half(half);
  for (std::size_t i = 0; i < moved; ++i) node->inject(half[i]);
  node->inject(slot);
}

void worker::make_ready(process_slot* slot) noexcept {
  if (process_slot* displaced = ring.exchange_lifo(slot)) push_back(displaced);
}

void worker::make_spawned_ready(process_slot* slot) noexcept {
  process_slot* top = spawned.load(std::memory_order_relaxed);
  do {
    slot->run_next.store(top, std::memory_order_relaxed);
  } while (!spawned.compare_exchange_weak(top, slot, std::memory_order_acq_rel,
                                          std::memory_order_relaxed));
}

// No ABA: only the owner pushes, and a thief takes everything.
process_slot* worker::pop_spawned() noexcept {
  process_slot* top = spawned.load(std::memory_order_acquire);
  while (top != nullptr &&
         !spawned.compare_exchange_weak(top, top->run_next.load(std::memory_order_relaxed),
                                        std::memory_order_acq_rel, std::memory_order_acquire)) {
  }
  return top;
}

// The slice is spent: those who waited in the ring go first, then the one that talked all the time,
// then a fresh one, which would wait for ever behind processes that always spend their slice.
process_slot* worker::after_slice() noexcept {
  budget = slice;
  if (process_slot* greedy = ring.exchange_lifo(nullptr)) push_back(greedy);
  if (process_slot* fresh = pop_spawned()) push_back(fresh);
  if (process_slot* slot = ring.pop()) return slot;
  return nullptr;
}

void worker::fit_slice(std::int64_t now) noexcept {
  const std::int64_t began = std::exchange(slice_began, now);
  if (began == 0) return;
  const std::int64_t took = now - began;
  if (took > slice_time) {
    slice = std::max(static_cast<std::int32_t>(slice * slice_time / took), shortest_slice);
  } else if (took < slice_time / 4) {
    slice = std::min(2 * slice, messages_per_slice);
  }
  works_long.store(slice <= messages_per_slice / 2, std::memory_order_relaxed);
}

process_slot* worker::next() noexcept {
  if (++tick % 61 == 0) {
    if (process_slot* slot = node->take_ready()) return slot;
  }
  if (budget <= 0) {
    if (process_slot* slot = after_slice()) return slot;
  }
  if (ring.has_lifo()) {
    if (process_slot* slot = ring.exchange_lifo(nullptr)) return slot;
  }
  if (process_slot* slot = pop_spawned()) return slot;
  if (process_slot* slot = ring.pop()) return slot;
  return node->take_ready();
}

bool worker::has_work() const noexcept {
  return ring.has_lifo() || ring.size() != 0 || spawned.load(std::memory_order_seq_cst) != nullptr;
}

void yield_slot(context& here, process_slot& slot) noexcept {
  node_core& core = *slot.node;
  if (core.outside != nullptr) return core.outside->ready(slot);
  if (here.as_worker != nullptr && here.node == &core) return here.as_worker->push_back(&slot);
  core.inject(&slot);
}

void make_ready(context* here, process_slot& slot) noexcept {
  node_core& core = *slot.node;
  if (core.outside != nullptr) [[unlikely]]
    return core.outside->ready(slot);
  if (here != nullptr && here->as_worker != nullptr && here->node == &core) [[likely]] {
    return here->as_worker->make_ready(&slot);
  }
  core.inject(&slot);
}

void make_ready(process_slot& slot) noexcept { make_ready(current_context(), slot); }

void make_spawned_ready(context* here, process_slot& slot) noexcept {
  node_core& core = *slot.node;
  if (core.outside != nullptr) [[unlikely]]
    return core.outside->ready(slot);
  if (here != nullptr && here->as_worker != nullptr && here->node == &core) {
    return here->as_worker->make_spawned_ready(&slot);
  }
  core.inject(&slot);
}

void timer_is_earlier(node_core& core) noexcept {
  if (core.workers != nullptr) core.workers->timer_is_earlier();
}

}  // namespace beamish::inline v0::detail
