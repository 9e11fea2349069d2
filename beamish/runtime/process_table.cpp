// SPDX-License-Identifier: Apache-2.0
//
// The slots of a node: given out oldest first, so that a pid stays stale as long as possible.
#include <stdexcept>

#include "beamish/runtime/current.hpp"
#include "beamish/runtime/node_core.hpp"

namespace beamish::inline v0::detail {

namespace {

// The slot of an id that was never used on this node. Called under the slots' lock.
process_slot* fresh_slot(node_core& node) {
  if (node.next_id >= max_process_id) {
    throw exited(exit_reason(tuple(atom("system_limit"), atom("processes"))));
  }
  const std::uint32_t id = node.next_id;
  auto& branch_link = node.directory->branches[id >> 16];
  slot_branch* branch = branch_link.load(std::memory_order_relaxed);
  if (branch == nullptr) {
    branch = the_program().borrow_branch();
    branch_link.store(branch, std::memory_order_release);
  }
  auto& chunk_link = branch->chunks[(id >> 8) & 255];
  slot_chunk* chunk = chunk_link.load(std::memory_order_relaxed);
  if (chunk == nullptr) {
    chunk = the_program().borrow_chunk();
    chunk_link.store(chunk, std::memory_order_release);
  }
  ++node.next_id;
  process_slot* slot = &chunk->slots[id & 255];
  slot->id = id;
  // A chunk of an ended node comes with its old serials; a stale send is told apart by the node.
  slot->serial.store(0, std::memory_order_relaxed);
  return slot;
}

// A node that stops still lets its processes spawn, until it kills them.
void refuse_spawn(const node_core& node) {
  if (current_context() == nullptr) {
    throw std::runtime_error("spawn: node '" + node.name + "' has been stopped");
  }
  if (node.closed) throw exited(exit_reason::shutdown());
}

}  // namespace

process_slot* node_core::allocate_slot() {
  std::lock_guard lock(slots_mutex);
  if (closed || stopping.load(std::memory_order_relaxed)) refuse_spawn(*this);
  // A few slots rest before they are used again, which keeps stale pids stale for longer.
  process_slot* slot = free_slots.pop();
  if (slot == nullptr) slot = fresh_slot(*this);
  live.fetch_add(1, std::memory_order_relaxed);
  return slot;
}

void node_core::free_slot(process_slot* slot) noexcept {
  {
    std::lock_guard lock(slots_mutex);
    free_slots.push(slot);
  }
  if (live.fetch_sub(1, std::memory_order_seq_cst) == 1) emptied.notify_all();
}

std::vector<pid> all_processes(node_core& node) {
  std::uint32_t end = 0;
  {
    std::lock_guard lock(node.slots_mutex);
    end = node.next_id;
  }
  std::vector<pid> all;
  for (std::uint32_t id = 1; id < end; ++id) {
    const process_slot* slot = node.find(id);
    if (slot != nullptr && slot->has(slot_flag::alive)) {
      all.push_back(pid{node.index, id, slot->serial.load(std::memory_order_acquire)});
    }
  }
  return all;
}

}  // namespace beamish::inline v0::detail
