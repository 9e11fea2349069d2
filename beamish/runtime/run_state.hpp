// SPDX-License-Identifier: Apache-2.0
//
// One turn of a process on a worker: where it runs, and whether it has to end.
//
//     run_state run(here);
//     run_result result = slot.type->run(slot, run);   // run.reason says why if it exited
// tested in: process_test.cpp
#pragma once

#include "beamish/runtime/current.hpp"
#include "beamish/runtime/exit_reason.hpp"
#include "beamish/runtime/signal.hpp"

namespace beamish::inline v0::detail {

struct run_state {
  explicit run_state(context& c) noexcept : here(c) {}
  run_state(const run_state&) = delete;
  run_state& operator=(const run_state&) = delete;

  context& here;
  exit_reason reason;
  bool dying = false;      // an exit signal or the body's end decided it
  bool killed = false;     // brutally: no callback may run any more
  bool by_signal = false;  // nobody inside the process asked for it
  // Came behind the signal that ends this process. Answered once its name is free: the answer
  // tells that it is dead.
  signal* too_late = nullptr;
  signal** too_late_end = &too_late;

  void keep_too_late(signal* s) noexcept {
    s->next = nullptr;
    *too_late_end = s;
    too_late_end = &s->next;
  }
  void die(const exit_reason& why) noexcept {
    if (dying) return;
    dying = by_signal = true;
    reason = why;
  }
  // The process itself has failed.
  void die_of(exit_reason why) noexcept {
    if (killed) return;
    dying = true;
    by_signal = false;
    reason = std::move(why);
  }
  // The body has ended by an exception; or by a signal that it sent to itself.
  void fail(const process_slot& slot, exit_reason why) noexcept {
    if (slot.has(slot_flag::ends_itself)) return die(why);
    die_of(std::move(why));
  }
  // A signal that came first has decided the reason.
  void kill() noexcept {
    if (dying && by_signal) return;
    dying = by_signal = killed = true;
    reason = exit_reason::killed();
  }
};

}  // namespace beamish::inline v0::detail
