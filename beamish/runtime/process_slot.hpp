// SPDX-License-Identifier: Apache-2.0
//
// The process slot: the 128 bytes that a process is, when it has nothing more to remember.
//
// Slots are type-stable: they live in chunks that are never unmapped, so a send to a process that
// died long ago reads a slot safely and fails on the first comparison. Everything but the mailbox
// word, `serial` and `flags` belongs to the slot's runner: the one worker that runs it right now,
// or nobody while it waits. Whoever gets `push_result::wake` from the mailbox hands the slot to a
// runner.
// tested in: process_table_test.cpp
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <string>
#include <string_view>

#include "beamish/runtime/mailbox.hpp"
#include "beamish/runtime/signal.hpp"
#include "beamish/term/identifiers.hpp"

namespace beamish::inline v0::detail {

struct context;
struct link_record;
struct monitor_record;
struct node_core;
struct process_extra;
struct lineage;
struct server_activity_view;
struct call_waiter;

using mailbox = basic_mailbox<signal>;

// What a suspended body waits for; lives in the awaiting coroutine's frame or in the body.
struct waiter {
  // Takes the signal if it is the awaited one. Null: not waiting for a signal, resume at once.
  bool (*match)(waiter&, signal&) = nullptr;
  std::coroutine_handle<> frame;
};

enum class run_result : std::uint8_t {
  parked,   // the slot waits and may already run elsewhere: do not touch it
  yielded,  // the slice is spent: the slot must be queued again
  exited    // the body has ended, run_state::reason says why
};

// One static object per kind of body.
struct body_type {
  run_result (*run)(process_slot&, run_state&);
  // Destroys the body. User destructors run here, with the process still the current one.
  void (*destroy)(process_slot&) noexcept;
  // The name of the function or server that the process began with.
  std::string_view initial_call;
  // Handles every message as it comes: calls may be handed to it inline.
  bool is_server;
  // Where the function is that it began with, if that was a pointer, whose type says little. Null:
  // initial_call is its name.
  const void* (*code)(const process_slot&) = nullptr;
  // Of a task: on whose behalf it runs.
  lineage* (*callers)(const process_slot&) noexcept = nullptr;
  // Of a server: what it is doing, for a caller that waited in vain. REQUIRES: the slot's runner.
  void (*describe)(const process_slot&, server_activity_view&) noexcept = nullptr;
  // Of a server: it has just begun to wait for a reply of one of its node. See otp/call_cycle.hpp.
  void (*waits_in_call)(process_slot&, call_waiter&) noexcept = nullptr;
  // One of the library's own, which must not lose a message: its node's budget does not count it.
  bool outside_budget = false;
};

namespace slot_flag {
constexpr std::uint32_t alive = 1;
constexpr std::uint32_t trap_exit = 2;
constexpr std::uint32_t has_timers = 4;   // set by whoever arms a timer to this process
constexpr std::uint32_t thread_body = 8;  // the body runs on a thread of its own
constexpr std::uint32_t no_inline = 16;   // suspended, traced or caught being slow
constexpr std::uint32_t hibernating = 32;
constexpr std::uint32_t exiting = 64;
constexpr std::uint32_t has_name = 128;     // set by whoever registers a name for this process
constexpr std::uint32_t ends_itself = 256;  // has sent itself an exit signal that it can't survive
constexpr std::uint32_t has_global_name = 512;
constexpr std::uint32_t report_all = 1024;     // its death is reported even if a signal caused it
constexpr std::uint32_t has_deadline = 2048;   // what it serves now has one: process_extra
constexpr std::uint32_t bounded = 4096;        // senders need a place: mailbox_room.hpp
constexpr std::uint32_t asked_to_stop = 8192;  // its node stops, and it has been told
}  // namespace slot_flag

struct alignas(64) process_slot {
  mailbox box;
  std::atomic<std::uint32_t> serial{0};
  std::uint32_t id = 0;
  // The save queue: everything fetched and not yet received, oldest first.
  signal* queue = nullptr;
  signal** queue_end = &queue;
  const body_type* type = nullptr;
  void* body = nullptr;
  waiter* waiting = nullptr;
  // In the line that a sender touches anyway.
  std::atomic<std::uint32_t> flags{0};
  // Of a server that waits for a reply: the id of who owes it, for others to see. See
  // otp/call_cycle.hpp.
  std::atomic<std::uint32_t> calls{0};

  // Atomic only because the owner of a stack of fresh processes may look at one just stolen.
  std::atomic<process_slot*> run_next{nullptr};
  node_core* node = nullptr;
  link_record* links = nullptr;
  monitor_record* watchers = nullptr;
  process_extra* extra = nullptr;
  lineage* parents = nullptr;
  std::uint64_t next_reference = 0;
  // The link to the first signal that the current waiter has not looked at yet.
  signal** scan = &queue;

  bool has(std::uint32_t flag) const noexcept {
    return (flags.load(std::memory_order_relaxed) & flag) != 0;
  }
  void set(std::uint32_t flag) noexcept { flags.fetch_or(flag, std::memory_order_relaxed); }
  void clear(std::uint32_t flag) noexcept { flags.fetch_and(~flag, std::memory_order_relaxed); }

  // It waits for that reply no more.
  void end_call() noexcept {
    if (calls.load(std::memory_order_relaxed) != 0) calls.store(0, std::memory_order_relaxed);
  }

  void enqueue(signal* s) noexcept {
    s->next = nullptr;
    *queue_end = s;
    queue_end = &s->next;
  }
  void enqueue_first(signal* s) noexcept {
    s->next = queue;
    if (queue == nullptr) queue_end = &s->next;
    queue = s;
    scan = &queue;
  }
  // Takes the signal that `link` points to out of the queue.
  signal* unlink(signal** link) noexcept {
    signal* taken = *link;
    *link = taken->next;
    if (queue_end == &taken->next) queue_end = link;
    if (scan == &taken->next) scan = link;
    return taken;
  }
};
static_assert(sizeof(process_slot) == 128);

// The name of what the process began with, for people.
std::string initial_call_of(const process_slot& slot);

// The same as pid_of, for headers that don't know what a node is.
pid identity_of(const process_slot& slot) noexcept;

}  // namespace beamish::inline v0::detail
