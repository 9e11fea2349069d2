// SPDX-License-Identifier: Apache-2.0
//
// What the processes of a task handler tell each other. Users never see these.
//
//     send(handler, detail::task_moved{job});    // by the runner: look at job->step
//
// tested in: task_tree_test.cpp
#pragma once

#include "beamish/jobs/task_record.hpp"
#include "beamish/jobs/task_status.hpp"

namespace beamish::inline v0::detail {

// ---- to the handler

// normal: the value is there.
struct task_submit {
  using reply = exit_reason;
  task_ref job;
};
struct task_ask_status {
  using reply = task_handler_status;
};
// By a task.
struct task_reported {
  std::uint64_t id = 0;
  std::uint32_t attempt = 0;
  term value;
};
// There may be room for a task again: on the node, or within a shared limit.
struct look_for_room {};
// By a timer: the pause or the delay of a task is over; it has run too long.
struct task_due {
  std::uint64_t id = 0;
};
struct task_overdue {
  std::uint64_t id = 0;
  std::uint32_t attempt = 0;
};
// By the runner: this task has begun, is over, or its thread has returned.
struct task_moved {
  task_ref job;
};
// By a runner that has just started.
struct runner_is_up {};
// By the runner, the answer to runner_hello: all that it did before has been told.
struct runner_welcome {
  std::uint64_t number = 0;
};

// ---- to the runner

struct runner_start {
  task_ref job;
  bool first = false;  // of those after which there may be room again
};
struct runner_stop {
  task_ref job;
  exit_reason reason;
};
struct runner_hello {
  std::uint64_t number = 0;
};

}  // namespace beamish::inline v0::detail
