// SPDX-License-Identifier: Apache-2.0
//
// The current process, for everything that a process does to itself.
//
//     self_access self;        // throws std::logic_error on a thread that runs no process
//     self->set(slot_flag::trap_exit);
//
// A thread body shares its slot with the worker that handles its signals; while a self_access
// lives, that worker waits. Keep it short and never call user code inside.
// tested in: current_test.cpp
#pragma once

#include "beamish/runtime/current.hpp"

namespace beamish::inline v0::detail {

class self_access {
 public:
  self_access();
  ~self_access();
  self_access(const self_access&) = delete;
  self_access& operator=(const self_access&) = delete;

  process_slot& operator*() const noexcept { return *slot_; }
  process_slot* operator->() const noexcept { return slot_; }

 private:
  process_slot* slot_;
  thread_state* thread_;
};

// Throws what self_access throws, saying which function was used outside.
[[noreturn]] void not_in_a_process();

// The pid to send from: the current process's, or an empty one on other threads.
pid sender() noexcept;
pid sender_of(const context* here) noexcept;

}  // namespace beamish::inline v0::detail
