// SPDX-License-Identifier: Apache-2.0
//
// What a task handler says of itself.
//
// ```cpp
// auto handler = co_await task_handler::start_link({.task_limit = 2});
// auto status = co_await handler.status();
// to_term(status);     //=> %TaskHandler{task_limit: 2, tasks: [], queue: []}
// status.completed;    //=> 0
// ```
//
// It prints with the pids of those that run, and the ids of those that wait. A value. When not to
// use it: to follow what happens (task_handler::subscribe).
// tested in: task_handler_test.cpp
#pragma once

#include <cstdint>
#include <vector>

#include "beamish/term/term.hpp"

namespace beamish::inline v0 {

using task_id = std::uint64_t;

struct task_handler_status {
  std::size_t task_limit = 0;
  std::vector<pid> tasks;
  std::vector<task_id> queue;  // in the order in which they will start
  std::vector<pid> abandoned;  // cancelled, but their threads have not returned
  std::size_t completed = 0;   // have ended, whatever their response
  std::size_t rejected = 0;
  std::vector<task_id> later;  // delayed, or between two attempts
  std::size_t taken = 0;       // slots: the weight of those that run

  term as_term() const;
  friend term to_term(const task_handler_status& s) { return s.as_term(); }
};

}  // namespace beamish::inline v0
