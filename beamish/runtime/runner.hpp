// SPDX-License-Identifier: Apache-2.0
//
// The runner: one turn of one process, from ready to waiting, yielding or dead.
//
// The path of a message on the receiving side: run_slot → body_type::run → fetch (mailbox → queue)
// → next_match or the server's dispatch → the user's code.
// tested in: process_test.cpp
#pragma once

#include "beamish/runtime/run_state.hpp"

namespace beamish::inline v0::detail {

// Runs `slot` on this thread until it waits, yields or ends; a yielded slot is ready again
// afterwards.
void run_slot(context& here, process_slot& slot) noexcept;

// Moves what came in into the queue and handles control signals. True if the queue has grown or a
// control signal may have changed what the process waits for.
bool fetch(process_slot& slot, run_state& run) noexcept;

// At the begin of a turn: with messages left from its last one a process would not look into its
// mailbox, where an exit signal may wait.
inline void fetch_behind_queue(process_slot& slot, run_state& run) noexcept {
  if (slot.queue != nullptr) fetch(slot, run);
}

// The first queued signal from `slot.scan` on that `w` takes, or null.
signal* next_match(process_slot& slot, waiter& w) noexcept;

// Resumes the body's frames until they wait for something that is not there. Returns `exited` when
// the outermost frame is through or the process has to die.
run_result drive(process_slot& slot, run_state& run) noexcept;

// The process is over: frees its name, body, mailbox and timers, tells its links and monitors.
void end_process(process_slot& slot, run_state& run) noexcept;

// A fresh process with everything in place but its relations: nobody runs it before `make_ready`.
process_slot* new_process(context* here, node_core& node, const body_type& type);
// Undoes new_process when the spawn can't go on.
void abandon_process(process_slot& slot) noexcept;

}  // namespace beamish::inline v0::detail
