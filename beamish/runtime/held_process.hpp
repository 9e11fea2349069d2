// SPDX-License-Identifier: Apache-2.0
//
// Holds a process that waits with an empty mailbox, for a look from outside.
//
//     const held_process held(slot, p);
//     if (held) ...    // this thread is the slot's runner, until `held` ends
//
// Guarantees: nothing of the process changes meanwhile; whatever comes is handled afterwards.
// tested in: look_test.cpp
#pragma once

#include "beamish/runtime/node_core.hpp"

namespace beamish::inline v0::detail {

class held_process {
 public:
  held_process(process_slot& slot, pid p) noexcept
      : slot_(claim_process(slot, p) ? &slot : nullptr) {}
  held_process(const held_process&) = delete;
  held_process& operator=(const held_process&) = delete;
  ~held_process() {
    if (slot_ != nullptr) end_claim(*slot_);
  }
  // False: it has something to do, runs, or is not that process.
  explicit operator bool() const noexcept { return slot_ != nullptr; }

 private:
  process_slot* slot_;
};

}  // namespace beamish::inline v0::detail
