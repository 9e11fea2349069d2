// SPDX-License-Identifier: Apache-2.0
//
// The return addresses of the calls that are under way on this thread, innermost first.
//
//     void* at[32];
//     std::uint32_t depth = walk_stack(at, 32, __builtin_return_address(0));    // from the caller
//
// Uses the unwinder of the C++ runtime: it needs no frame pointers and follows coroutine bodies.
// tested in: stacktrace_test.cpp
#pragma once

#include <unwind.h>

#include <cstddef>
#include <cstdint>

namespace beamish::inline v0::detail {

struct stack_walk {
  void** out;
  std::size_t room;
  std::uint32_t depth;
  void* first;  // frames before this one belong to the walk: how many, inlining decides
  bool seen = false;
};

inline _Unwind_Reason_Code walk_frame(_Unwind_Context* frame, void* user) {
  auto* walk = static_cast<stack_walk*>(user);
  void* at = reinterpret_cast<void*>(_Unwind_GetIP(frame));
  walk->seen = walk->seen || at == walk->first;
  if (!walk->seen) return _URC_NO_REASON;
  if (walk->depth == walk->room) return _URC_END_OF_STACK;
  walk->out[walk->depth++] = at;
  return _URC_NO_REASON;
}

inline std::uint32_t walk_stack(void** out, std::size_t room, void* first) noexcept {
  stack_walk walk{out, room, 0, first};
  _Unwind_Backtrace(&walk_frame, &walk);
  return walk.depth;
}

}  // namespace beamish::inline v0::detail
