// SPDX-License-Identifier: Apache-2.0
//
// The one thing that all nodes of a program share: the table of nodes, memory, and chunks of slots.
//
//     the_program().find_node("b@host")    // 0 when no node of that name lives
//
// The table of (name, creation) only grows, so a pid keeps its meaning after its node has ended; an
// ended node's directory is null and a send to it stops there. Cores and directories of ended nodes
// are used again and never freed: a sender that was interrupted half-way still touches valid
// memory.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "beamish/runtime/code_names.hpp"
#include "beamish/runtime/exit_reason.hpp"
#include "beamish/runtime/global_table.hpp"
#include "beamish/runtime/memory.hpp"
#include "beamish/runtime/process_slot.hpp"

namespace beamish::inline v0::detail {

constexpr std::uint32_t slots_per_chunk = 256;
struct slot_chunk {
  process_slot slots[slots_per_chunk];
};

struct mailbox_room;
struct room_chunk;

// id = 16 bits of branch, 8 bits of chunk, 8 bits of slot.
struct slot_branch {
  std::atomic<slot_chunk*> chunks[256] = {};
  // Beside chunks in which a process was ever bounded. They stay with the branch.
  std::atomic<room_chunk*> rooms[256] = {};
};
struct slot_directory {
  std::atomic<slot_branch*> branches[512] = {};

  process_slot* find(std::uint32_t id) const noexcept {
    if (id >> 16 >= std::size(branches)) return nullptr;
    slot_branch* branch = branches[id >> 16].load(std::memory_order_acquire);
    if (branch == nullptr) return nullptr;
    slot_chunk* chunk = branch->chunks[(id >> 8) & 255].load(std::memory_order_acquire);
    return chunk == nullptr ? nullptr : &chunk->slots[id & 255];
  }
  // Defined in mailbox_room.cpp.
  mailbox_room* find_room(std::uint32_t id) const noexcept;
};
constexpr std::uint32_t max_process_id = 512u << 16;

struct node_entry {
  std::atomic<slot_directory*> directory{nullptr};
  std::atomic<node_core*> core{nullptr};
  std::string name;
};

// Objects that are used again and never freed.
template <class T>
struct stable_pool {
  std::vector<T*> idle;
  std::size_t made = 0;
};

// The stack where an exception was thrown, for crash reports.
using stack_provider = std::vector<code_place> (*)(const std::exception_ptr&);

class program {
  static constexpr std::uint32_t entries_per_segment = 256;
  static constexpr std::uint32_t segment_count = 65536;

 public:
  // Indexes from here on are for the nodes of simulated worlds and are given again.
  static constexpr std::uint32_t first_simulated = (segment_count - 256) * entries_per_segment;

  memory_depot depot;
  global_table globals;
  // Set by beamish::stacktrace when it is linked.
  std::atomic<stack_provider> stacks{nullptr};
  code_names functions;

  // A new incarnation of `name`: its index, never 0 and never given again. Throws if the name is
  // taken. `simulated_from`: 0, or the index (from first_simulated on) from which a node of a
  // simulated world takes the first that no living node has.
  std::uint32_t enter_node(std::string_view name, node_core* core, slot_directory* directory,
                           std::uint32_t simulated_from = 0);
  void leave_node(std::uint32_t index) noexcept;
  // Null for an index that was never given.
  node_entry* entry(std::uint32_t index) noexcept;
  // The index of the living node of that name, or 0.
  std::uint32_t find_node(std::string_view name) noexcept;
  std::vector<std::string> living_nodes();

  node_core* borrow_core();
  void return_core(node_core*) noexcept;
  slot_directory* borrow_directory();
  void return_directory(slot_directory*) noexcept;  // gives its chunks back, too
  slot_branch* borrow_branch();
  slot_chunk* borrow_chunk();

 private:
  struct segment {
    node_entry entries[entries_per_segment];
  };
  std::mutex mutex_;
  std::uint32_t first_free_from(std::uint32_t index) noexcept;
  node_entry& make_entry(std::uint32_t index);

  std::array<std::atomic<segment*>, segment_count> segments_{};
  std::uint32_t next_index_ = 1;
  std::vector<std::pair<std::string, std::uint32_t>> living_;  // sorted by name
  stable_pool<node_core> cores_;
  stable_pool<slot_directory> directories_;
  stable_pool<slot_branch> branches_;
  stable_pool<slot_chunk> chunks_;
};

// Never destroyed: threads that outlive main may still send.
program& the_program() noexcept;

}  // namespace beamish::inline v0::detail
