// SPDX-License-Identifier: Apache-2.0
//
// What the thread of a thread body and the worker that handles its signals share.
//
// The mutex guards the process's slot: the worker holds it while it sorts signals in, the thread
// while it acts on itself or looks for a message. Whoever ends last, the process or the thread,
// frees it.
// tested in: thread_body_test.cpp
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "beamish/runtime/exit_reason.hpp"
#include "beamish/runtime/process_slot.hpp"
#include "beamish/runtime/thread_body.hpp"
#include "beamish/runtime/world.hpp"

namespace beamish::inline v0::detail {

struct thread_state {
  std::mutex mutex;
  node_core* node = nullptr;
  process_slot* slot = nullptr;
  pid self;
  pid returned_to;
  // Of all threads of thread bodies of the node; guarded by its threads_mutex.
  thread_state* next = nullptr;
  thread_state* previous = nullptr;
  // Who it runs for, once the process has ended: its name, label and initial call.
  std::string called;
  // The kernel's number of the thread, for debuggers; 0 before it has begun.
  std::int32_t kernel_id = 0;
  std::unique_ptr<thread_function> function;
  const void* code = nullptr;  // the function's own, to be named by
  bool process_gone = false;
  exit_reason end_reason;
  std::atomic<bool> stop{false};
  // Counts everything the thread might be waiting for; it sleeps on this word.
  std::atomic<std::uint32_t> changes{0};
  std::int64_t wait_deadline = 0;
  std::atomic<std::uint32_t> references{2};
  // A simulated world runs the thread under its baton.
  detail::world* world = nullptr;
  void* baton = nullptr;
  void* result = nullptr;
  void (*main)(thread_state*) = nullptr;

  void wake() noexcept;
  void sleep(std::uint32_t seen, std::int64_t timeout) noexcept;
};

// The threads that have not returned, each by its process: #PID<1.7.0> ("indexer") index_all.
std::vector<std::string> describe_threads(node_core& node);

}  // namespace beamish::inline v0::detail
