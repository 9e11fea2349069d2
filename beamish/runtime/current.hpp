// SPDX-License-Identifier: Apache-2.0
//
// What a thread that runs processes carries with it: its node, its current process, its memory.
//
//     context* here = current_context();   // null on a thread that is none of ours
//
// The one thread_local variable of the library is in current.cpp and read only through a function
// that is never inlined: compilers may cache the address of a thread_local across a suspension
// point, after which the coroutine may run on another thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <source_location>

#include "beamish/runtime/exit_reason.hpp"
#include "beamish/runtime/memory.hpp"
#include "beamish/runtime/process_slot.hpp"

namespace beamish::inline v0::detail {

class scheduler;
struct worker;
struct thread_state;
struct message_type;
class disk;

// Of a server that runs on a thread: inside which callback. Others may look at any time; what they
// see may be of two messages that follow each other.
struct callback_note {
  std::atomic<const process_slot*> slot{nullptr};
  std::atomic<const message_type*> message{nullptr};
  std::atomic<std::int64_t> began{0};  // nanoseconds; the lowest three bits are a callback_kind
};
constexpr std::int32_t max_inline_depth = 4;

struct context {
  explicit context(memory_depot& depot) : pool(depot) {}

  node_core* node = nullptr;
  process_slot* current = nullptr;
  magazines pool;
  // Null on the thread of a thread body.
  worker* as_worker = nullptr;
  // Null unless this is the thread of a thread body.
  thread_state* as_thread = nullptr;
  // The files of a blocking function in a simulated world, which belongs to no node.
  disk* files = nullptr;
  // Messages that may still be handled before others get their turn; shared by a chain of
  // hand-offs.
  std::int32_t budget = 0;
  std::int32_t inline_depth = 0;
  callback_note inside[max_inline_depth + 1];  // by inline_depth
  // While a server runs inline: the call that its caller waits for, until the reply arrives here.
  signal* inline_call = nullptr;
  bool inline_answered = false;
  // The process whose code swallowed an exit (see `exited`), and that exit.
  process_slot* swallowed_by = nullptr;
  exit_reason swallowed;
  // The way of the last exception through awaiting coroutines, for its crash report.
  const void* trail_of = nullptr;
  const void* trail_type = nullptr;
  const void* trail_goes_to = nullptr;  // the coroutine that awaited the last one it passed
  std::uint32_t trail_length = 0;
  std::source_location trail[16];
  // Where the last exception of this thread was thrown, if beamish::stacktrace notes it.
  const void* thrown = nullptr;
  std::uint32_t thrown_depth = 0;
  void* thrown_at[32];
  // Set while a dying process destroys its body: unanswered calls get this reason.
  const exit_reason* dying = nullptr;
};

context* current_context() noexcept;
// Returns the one before. REQUIRES: `mine` outlives its being current.
context* set_current_context(context* mine) noexcept;

// Makes `slot` the current process for a scope; nests when a server runs inline on its caller's
// worker.
class current_process_scope {
 public:
  current_process_scope(context& here, process_slot& slot) noexcept
      : here_(here), before_(here.current) {
    here.current = &slot;
  }
  ~current_process_scope() { here_.current = before_; }
  current_process_scope(const current_process_scope&) = delete;
  current_process_scope& operator=(const current_process_scope&) = delete;

 private:
  context& here_;
  process_slot* before_;
};

}  // namespace beamish::inline v0::detail
