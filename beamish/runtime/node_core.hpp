// SPDX-License-Identifier: Apache-2.0
//
// The inside of a node: its process table, names, timers, workers and queue of ready processes.
//
// A core is used again by the next node and never freed: whoever was interrupted between pushing a
// message and waking its receiver still finds a valid queue here. The public face is node.hpp.
// tested in: node_test.cpp
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "beamish/runtime/exit_reason.hpp"
#include "beamish/runtime/log.hpp"
#include "beamish/runtime/mailbox_budget.hpp"
#include "beamish/runtime/names.hpp"
#include "beamish/runtime/parking.hpp"
#include "beamish/runtime/process_slot.hpp"
#include "beamish/runtime/program.hpp"
#include "beamish/runtime/shared_objects.hpp"
#include "beamish/runtime/timers.hpp"
#include "beamish/runtime/world.hpp"

namespace beamish::inline v0::detail {

using parking = basic_parking<>;
class blocking_pool;
class scheduler;

// A list of slots linked by run_next; its owner brings the lock.
struct slot_list {
  process_slot* first = nullptr;
  process_slot* last = nullptr;
  void push(process_slot* s) noexcept {
    s->run_next.store(nullptr, std::memory_order_relaxed);
    if (first == nullptr)
      first = s;
    else
      last->run_next.store(s, std::memory_order_relaxed);
    last = s;
  }
  process_slot* pop() noexcept {
    process_slot* s = first;
    if (s == nullptr) return s;
    first = s->run_next.load(std::memory_order_relaxed);
    if (first == nullptr) last = nullptr;
    return s;
  }
};

struct thread_state;

struct log_sink;

struct node_core {
  std::uint32_t index = 0;
  std::string name;
  slot_directory* directory = nullptr;

  // Free slots, oldest first, and the first id that was never used.
  std::mutex slots_mutex;
  slot_list free_slots;
  std::uint32_t next_id = 1;
  std::atomic<std::int64_t> live{0};

  // Ready processes that no worker holds: from other threads, from full rings.
  std::mutex ready_mutex;
  slot_list ready_slots;
  std::atomic<std::uint32_t> ready_count{0};
  parking idle;
  // Someone waits for `live` to reach zero.
  parking emptied;

  // What distinguishes the calls of servers; see otp/call_cycle.hpp.
  std::atomic<std::uint64_t> call_tickets{0};

  name_table names;
  shared_objects shared;
  timer_service timers;
  mailbox_budget waiting_bytes;
  world* outside = nullptr;
  scheduler* workers = nullptr;
  blocking_pool* blocking = nullptr;
  log_sink* log = nullptr;
  // Where the node's processes ask a person: otp/pry.cpp. Null until it is needed.
  std::mutex pry_mutex;
  std::shared_ptr<void> pry_desk;
  // Of thread bodies: those that have not ended, and those that are still in their function, at
  // most max_threads.
  std::atomic<std::uint32_t> threads{0};
  std::atomic<std::uint32_t> thread_places{0};
  // Those that have not returned, also of processes that have ended.
  std::mutex threads_mutex;
  thread_state* all_threads = nullptr;
  std::uint32_t max_threads = 256;
  // Poll mode: an eventfd that tells the caller's loop to poll again; -1 otherwise. Whoever writes
  // to it from another thread holds ready_mutex, or it might be closed meanwhile.
  int wake_fd = -1;
  // No thread outside of the node may spawn any more.
  std::atomic<bool> stopping{false};
  // Nobody may. Guarded by slots_mutex.
  bool closed = false;

  std::int64_t now() noexcept { return outside != nullptr ? outside->now() : real_now(); }
  std::int64_t wall_clock() noexcept {
    return outside != nullptr ? outside->wall_clock() : real_wall_clock();
  }

  // Puts a ready process where any worker finds it, and wakes one.
  void inject(process_slot* slot) noexcept;
  // Poll mode: tells the caller's loop to poll again. False if workers run this node.
  bool wake_poller() noexcept;
  process_slot* take_ready() noexcept;

  // A slot for a new process, with its serial set and its mailbox still closed. Throws bad_alloc or
  // exited(system_limit).
  process_slot* allocate_slot();
  void free_slot(process_slot* slot) noexcept;
  process_slot* find(std::uint32_t id) const noexcept { return directory->find(id); }
};

inline pid pid_of(const process_slot& slot) noexcept {
  return pid{slot.node->index, slot.id, slot.serial.load(std::memory_order_relaxed)};
}

std::vector<pid> all_processes(node_core& node);
// From the top, those that have not been asked: see node::stop. To be called again until all have
// ended.
void ask_all_to_stop(node_core& node) noexcept;

// True for the index of a node that has ended.
bool is_gone_node(std::uint32_t index) noexcept;

// The slot that `p` may live in, of whatever node; null if there is none.
process_slot* find_slot(pid p) noexcept;

// Whoever got push_result::wake for `slot` calls this, once.
void make_ready(process_slot& slot) noexcept;
void make_ready(context* here, process_slot& slot) noexcept;

// Makes the calling thread the runner of a process that waits with an empty mailbox. The mailbox
// compares a part of the serial, and a slot may be anything before it is claimed; so what was
// claimed is looked at afterwards.
bool claim_process(process_slot& slot, pid p) noexcept;
// The process waits again, or has something to do by now.
void end_claim(process_slot& slot) noexcept;

// Hands `s` to process `to`; `from` may be empty. If there is no such process the signal is
// undeliverable.
void deliver(pid from, pid to, signal* s) noexcept;
// The same, for a caller that has looked up the current context already.
void deliver_from(context* here, pid from, pid to, signal* s) noexcept;
// What became of a message that a user sends. `held_back`: nothing yet, it is the caller's, who
// waits for room or gives it up.
enum class posting : std::uint8_t { done, refused, held_back };
// As deliver_from, for what needs room in a bounded mailbox; see mailbox_room.hpp. A call that
// `may_wait` is held by the mailbox itself, and is never held back.
posting post(context* here, pid from, pid to, signal* s, bool may_wait) noexcept;
posting post_bounded(context* here, pid from, pid to, signal* s, bool may_wait) noexcept;
// The end of the way: what `deliver` does when the signal has arrived.
void arrive(pid to, signal* s) noexcept;

// What `undeliverable` is told.
struct gone {
  pid receiver;
  const exit_reason& reason;
};
void undeliverable(signal* s, pid receiver, const exit_reason& reason) noexcept;

}  // namespace beamish::inline v0::detail
