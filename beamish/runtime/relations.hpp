// SPDX-License-Identifier: Apache-2.0
//
// Links and monitors: the records that two processes share, and how they end.
//
// A record is one allocation made when the relation begins. It carries the signals of its end, so
// unlinking by death, EXIT and DOWN never allocate. Each of the two sides holds half of the record;
// the half is given up when the side no longer lists it and no signal of that half is under way.
// The last half frees it.
//
// Invariant of monitors: either the watched process handles the demonitor, or its death sends the
// down signal back: exactly one of the two. A watcher that demonitored marks the record, and a down
// that arrives later is dropped there. Hence exactly one DOWN for each monitor, or none after
// demonitor.
//
// Threads: each side's fields belong to the runner of that side's process.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "beamish/runtime/current.hpp"
#include "beamish/runtime/exit_reason.hpp"
#include "beamish/runtime/process_slot.hpp"
#include "beamish/runtime/signals.hpp"

namespace beamish::inline v0::detail {

struct monitor_record;

// The watched side's signal back to the watcher; as a queued message it is a down_message.
struct down_signal : signal {
  using signal::signal;
  down_message message;
  monitor_record* record = nullptr;
};
struct demonitor_signal : signal {
  using signal::signal;
  monitor_record* record = nullptr;
};

struct monitor_record {
  monitor_record(pid watcher, pid watched, reference id);

  demonitor_signal request;  // watcher to watched: first `monitor`, later `demonitor`
  demonitor_signal farewell;
  down_signal down;
  pid watcher, watched;
  reference id;
  // The watched side's list.
  monitor_record* next_watcher = nullptr;
  monitor_record** at_watcher = nullptr;
  // The watcher's list.
  monitor_record* next_watched = nullptr;
  monitor_record** at_watched = nullptr;
  bool cancelled = false;         // belongs to the watcher
  bool reply_demonitors = false;  // alias of kind reply_demonitor
  bool delivered = false;         // the down message sits in the watcher's queue
  bool owns = false;              // the watched process is killed when the watcher ends
  bool lost = false;              // the watched side gave it up, and sent `down`, before its end
  bool answered = false;          // of a task: its result has arrived
  std::atomic<std::uint8_t> halves{2};
};

// Starts monitoring `watched` (which may be gone: DOWN with noproc follows). `name_and_node`: nil
// unless a name was monitored. `nobody`: the reason of the DOWN if `watched` is empty.
monitor_record* start_monitor(process_slot& watcher, pid watched, reference id, term name_and_node,
                              const exit_reason& nobody = exit_reason::noproc());
// The watched process is being spawned and nobody runs it yet: no signal is needed. `owns`: it
// shall not outlive its watcher. Costs nothing beyond the monitor, where a link would bring a
// signal of each end to a watcher that has its DOWN already.
monitor_record* start_monitor_of_new(process_slot& watcher, process_slot& watched, reference id,
                                     bool owns);
// The watcher's record of that reference; null if there is none (any more).
monitor_record* find_monitor(process_slot& watcher, const reference& id) noexcept;
// The record whose DOWN this message is; null for any other, such as a down_message that was sent.
monitor_record* record_of_down(const signal& s) noexcept;
// REQUIRES: `record` is in the watcher's list. No DOWN is delivered from now on.
void stop_monitor(process_slot& watcher, monitor_record* record) noexcept;
// The same, and the watched process is killed. Never allocates.
void stop_and_kill(process_slot& watcher, monitor_record* record) noexcept;

// A link is itself the one signal that it will ever need: who ends first or unlinks first says so,
// and what the other would have to say then concerns nobody.
struct link_record : signal {
  link_record(pid first, pid second);

  exit_message message;  // as a queued message it is an exit_message; `from` is the first side
  pid second;
  bool active[2] = {false, false};  // listed by that side
  // Made with the second process, so both sides listed it before either could ask for another.
  bool born = false;
  std::atomic<std::uint8_t> said{0};  // 1 + the side that has said farewell
  std::atomic<std::uint8_t> halves{2};
  // Each side's list of links.
  link_record* next[2] = {};
  link_record** at[2] = {};

  const pid& side(int which) const noexcept { return which == 0 ? message.from : second; }
};
static_assert(sizeof(link_record) <= 128);

// Idempotent. The peer may be gone: an exit signal noproc follows.
void start_link(process_slot& self, pid peer);
void start_link_with_new(process_slot& self, process_slot& fresh);
void stop_link(process_slot& self, pid peer);
bool is_linked(const process_slot& self, pid peer) noexcept;
// Each peer once, although a link for which both sides asked at the same time has two records.
std::vector<pid> linked_peers(const process_slot& slot);

// Sends an exit signal as exit/2 does. Throws bad_alloc before any effect.
void send_exit(pid from, pid to, const exit_reason& reason);
// The node stops: an exit signal `shutdown` from nobody, once, but not while it has an owner or is
// linked to the process that spawned it. May be asked again: makers end.
void ask_to_stop(pid to);

// Why it says that somebody has ended, or shall; null if it says nothing of the kind.
const exit_reason* reason_of(const signal& s) noexcept;

// The process will not be: takes back what start_link_with_new and start_monitor_of_new did.
// REQUIRES: called by the maker; nobody ran the process.
void undo_relations(process_slot& fresh) noexcept;

// The process is gone: tells everybody. Never allocates.
void end_relations(process_slot& slot, pid self, const exit_reason& reason) noexcept;

// ---- the connection between two nodes is gone

// Links and monitors with processes of that node end with noconnection, on both sides. REQUIRES:
// nothing is under way between the two nodes; for monitors, called on both sides.
void lose_peers(process_slot& slot, std::uint32_t node) noexcept;
// The signal was under way when the connection broke. A message is gone; who waits for an answer
// gets noconnection; what belongs to a relation arrives as the end of that relation.
void lose_signal(pid to, signal* s) noexcept;

}  // namespace beamish::inline v0::detail
