// SPDX-License-Identifier: Apache-2.0
//
// What a process remembers beyond its slot; made when the first of it is needed.
//
//     extra_of(slot).name    // allocates on first use; slot.extra may be null
// tested in: process_test.cpp
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "beamish/runtime/open_requests.hpp"
#include "beamish/runtime/process_slot.hpp"
#include "beamish/runtime/signals.hpp"
#include "beamish/runtime/wait.hpp"
#include "beamish/term/term.hpp"

namespace beamish::inline v0::detail {

struct timer_record;
struct monitor_record;

// Who spawned whom: shared by all children of one process, outlives it. Where each process starts
// its successor and ends, lineages would grow for ever: of a long one only the nearest are kept.
constexpr std::uint32_t max_lineage = 64;
struct lineage {
  pid process;
  std::uint32_t length = 1;
  lineage* parents = nullptr;
  std::string_view initial_call;
  std::atomic<std::uint32_t> references{1};
};
lineage* retain(lineage* l) noexcept;
void release(lineage* l) noexcept;

struct alias_entry {
  std::uint64_t count;
  alias_kind kind;
};

// What a body keeps while somebody debugs it: see otp/server_debug.hpp.
struct body_debug {
  virtual ~body_debug() = default;
};

struct crash_notes;

struct process_extra {
  process_extra() noexcept;
  ~process_extra();

  std::vector<std::pair<term, term>> dictionary;
  std::vector<alias_entry> aliases;
  // References of requests whose replies are to be queued (send_request), and of monitors of tasks
  // that are active.
  open_requests requests;
  std::size_t passed_by_awaits =
      0;  // messages, since the queue was put in order: see otp/async.hpp
  term label;
  term log_metadata;  // a keyword list; nil: none
  // The argument of a server that has no init and no members.
  term default_state;
  lineage* callers = nullptr;  // of a task on a thread; others keep them in their bodies
  std::unique_ptr<crash_notes> notes;
  monitor_record* monitors = nullptr;
  lineage* own_lineage = nullptr;
  lineage* own_callers = nullptr;
  // The one timer for this process's waits. It stays armed when a wait ends early and is armed
  // again when it fires for a later wait, so a call with a timeout costs no timer operation as a
  // rule.
  timer_record* wait_timer = nullptr;
  std::int64_t wait_timer_deadline = 0;
  // Of a server: of the request that it serves, with slot_flag::has_deadline; and how many were
  // dropped since theirs had passed.
  std::int64_t deadline = 0;
  std::uint64_t expired_requests = 0;
  exit_reason cycle;  // of a call that closed a cycle, until the caller resumes
  // Of a server: its wait for a message with a clock, and the time after which it hibernates.
  signal_waiter idle;
  std::int64_t hibernate_after = for_ever;
  std::unique_ptr<body_debug> debugging;
};

process_extra& extra_of(process_slot& slot);
void free_extra(process_slot& slot) noexcept;
// The process will wait no more. REQUIRES: its mailbox is still open.
void end_wait_timer(process_slot& slot) noexcept;
// The alias that belongs to a reference ends, if there is one.
void drop_alias(process_slot& slot, const reference& id) noexcept;
// The same, unless that alias outlives its monitor; and if the monitor is a task's, its result to
// come.
void end_alias_of_monitor(process_slot& slot, const reference& id) noexcept;
// The lineage that children of `slot` point to, with one reference for the caller.
lineage* lineage_for_children(process_slot& slot);
// On whose behalf `slot` runs, if it is a task: who asked for it, who asked for that, and so on.
lineage* callers_of(const process_slot& slot) noexcept;
// What tasks that `slot` asks for have as callers, with one reference for the caller.
lineage* callers_for_tasks(process_slot& slot);

}  // namespace beamish::inline v0::detail
