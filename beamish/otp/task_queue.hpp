// SPDX-License-Identifier: Apache-2.0
//
// What tasks have sent to their owner, as it lies in the owner's queue.
//
//     count_in(s)    // of the task that `s` is a result or a DOWN of; 0 for any other message
#pragma once

#include <cstddef>
#include <cstdint>

#include "beamish/otp/task_process.hpp"
#include "beamish/runtime/alias.hpp"

namespace beamish::inline v0::detail {

// References are counted from 1. A DOWN may be of something else than a task.
inline std::uint64_t count_in(signal& s) noexcept {
  if (s.type->kind != signal_kind::message) return 0;
  if ((s.flags & signal_of_task) != 0) return static_cast<task_signal&>(s).count;
  if (!same_message(s.type->message, &message_type_of<down_message>)) return 0;
  return count_of(payload_of<down_message>(s).id);
}

inline bool is_result_of(signal& s, std::uint64_t count) noexcept {
  return (s.flags & signal_of_task) != 0 && count_in(s) == count;
}
inline bool is_down_of(signal& s, std::uint64_t count) noexcept {
  return (s.flags & signal_of_task) == 0 && count_in(s) == count;
}

// Takes the first match from `at` on out of the queue; null if there is none.
template <class Matches>
signal* take_from(process_slot& me, signal** at, Matches matches) noexcept {
  for (; *at != nullptr; at = &(*at)->next) {
    if (matches(**at)) return me.unlink(at);
  }
  return nullptr;
}

// An await from the front of the queue has passed over so many signals. If awaits do that again and
// again, what tasks have sent among these is put into the order in which the tasks were started,
// and who awaits one after the other finds each at the front. Tasks that are all started before the
// first is awaited mostly end in another order, and each await would pass over the results of all
// others.
//
// Only what lies side by side changes places, a result never behind its DOWN, nothing past any
// other message: of each sender all stays in its order. Without memory nothing changes. REQUIRES:
// the process has its extra, as every owner of tasks.
void note_passed(process_slot& me, std::size_t passed) noexcept;

}  // namespace beamish::inline v0::detail
