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
#include <initializer_list>
#include <string>
#include <string_view>

#include "beamish/runtime/run_state.hpp"

namespace beamish::inline v0::detail {

constexpr std::int64_t for_ever = -1;

// A waiter that waits for a signal. Once `match` is null the wait is over.
struct signal_waiter : waiter {
  std::int64_t timeout = for_ever;  // nanoseconds
  std::int64_t deadline = 0;        // 0: the wait has not begun
  bool timed_out = false;
};

// Shown to a waiter's `match` to learn what it waits for; no waiter takes it.
struct wait_question : signal {
  wait_question() noexcept;
  std::string text;
};
extern const signal_type wait_question_type;

// For the `match` of a waiter: if the signal is that question, answers it. Never true.
bool tell_wait(signal& s, std::initializer_list<std::string_view> any_of);
inline bool tell_wait(signal& s, std::string_view what) { return tell_wait(s, {what}); }

// What the process waits for, for people: "int or ping", "messages". Empty if it doesn't wait.
std::string what_it_waits_for(process_slot& slot);

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
