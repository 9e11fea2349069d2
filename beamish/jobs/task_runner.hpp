// SPDX-License-Identifier: Apache-2.0
//
// The process that owns the tasks of a supervised handler, so that they outlive the handler's end.
//
//     send(runner, runner_start{job});
//     // to the handler, when it is over: task_moved{job}
//
// It starts what it is told to, writes down in the task's record how that ended, and tells the
// handler of it, whoever that is by then. It decides nothing, so that there is little in it that
// can fail: its end takes the tasks with it.
//
// Threads: one server. Failure: a task that can't start is `refused`, and so are all behind it
// until the handler says that there may be room again, so that the order holds.
// tested in: task_tree_test.cpp
#pragma once

#include <memory>
#include <vector>

#include "beamish/jobs/task_address.hpp"
#include "beamish/jobs/task_messages.hpp"
#include "beamish/otp/gen_server.hpp"

namespace beamish::inline v0::detail {

struct task_runner : gen_server<task_runner> {
  static constexpr bool outside_budget = true;
  static constexpr std::string_view term_name = "TaskHandler.Tasks";
  using messages = accepts<runner_start, runner_stop, runner_hello, thread_returned>;

  void init(std::shared_ptr<task_address> where);
  void handle_info(runner_start& m);
  void handle_info(runner_stop& m);
  void handle_info(runner_hello& m);
  void handle_info(down_message& m);
  void handle_info(thread_returned& m);
  void handle_info(exit_message&) {}

 private:
  struct run {
    task_ref job;
    monitored process;
    bool over = false;
  };
  void tell(const task_ref& job) const;
  void drop_if_over(std::vector<run>::iterator at);

  std::shared_ptr<task_address> where_;
  std::vector<run> runs_;
  bool full_ = false;
};

}  // namespace beamish::inline v0::detail
