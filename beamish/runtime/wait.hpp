// SPDX-License-Identifier: Apache-2.0
//
// Waiting with a timeout: what every suspended receive, call and idle server has in common.
//
// A timeout of zero looks at everything that has arrived, then gives up. A positive one is armed
// only when the process really has to wait. The process keeps one timer for all its waits: it stays
// armed when a wait ends early, and is armed again if it fires for a later one.
// tested in: receive_test.cpp
#pragma once

#include <cstdint>

#include "beamish/runtime/run_state.hpp"

namespace beamish::inline v0::detail {

constexpr std::int64_t for_ever = -1;

// A waiter that waits for a signal. Once `match` is null the wait is over.
struct signal_waiter : waiter {
  std::int64_t timeout = for_ever;  // nanoseconds
  std::int64_t deadline = 0;        // 0: the wait has not begun
  bool timed_out = false;
};

enum class wait_state : std::uint8_t { waits, over };

// Nothing awaited is there: begins the wait, or ends it if its time is up.
// Throws nothing: without memory for the timer the wait ends at once as timed out.
wait_state before_wait(process_slot& slot, signal_waiter& w) noexcept;

// True if code of this process caught an exit and went on without looking at it (`catch (...)`):
// the process ends now with that reason.
bool end_by_swallowed_exit(process_slot& slot, run_state& run) noexcept;
inline bool swallowed_exit(process_slot& slot, run_state& run) noexcept {
  return run.here.swallowed_by == &slot && end_by_swallowed_exit(slot, run);
}

}  // namespace beamish::inline v0::detail
