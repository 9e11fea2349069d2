// SPDX-License-Identifier: Apache-2.0
//
// The tree of a supervised task handler: its supervisor, and the processes below it.
//
//     TaskHandler.Supervisor   one_for_one
//     ├─ task_keeper           whoever waits for responses is told when the tree ends in order
//     ├─ task_runner           owns the tasks that run
//     └─ task_handler_server   has the name
//
// What all of them share is a task_home. The specification of the tree holds it, so it lives as
// long as somebody may start the tree again.
//
// Threads: a home, any. Failure: see task_handler.
// tested in: task_tree_test.cpp
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "beamish/jobs/task_address.hpp"
#include "beamish/jobs/task_table.hpp"
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/supervisor.hpp"

namespace beamish::inline v0::detail {

struct tree_options {
  std::string name;
  std::int64_t max_restarts = 0;
};

class task_home {
 public:
  task_home(table_options t, tree_options o)
      : table(std::make_shared<task_table>(std::move(t))), options(std::move(o)) {}

  // For a supervisor that begins: this home, or, if another supervisor still lives in it, a new
  // one of the same kind.
  static std::shared_ptr<task_home> move_in(const std::shared_ptr<task_home>& home, pid supervisor);
  // The processes of a supervisor that has ended: they may need a moment to end, too.
  std::vector<pid> former() const;

  const std::shared_ptr<task_table> table;
  const std::shared_ptr<task_address> where = std::make_shared<task_address>();
  const tree_options options;

 private:
  mutable std::mutex mutex_;
  std::vector<pid> former_;
};

// The supervisor of the handler with that name.
std::string supervisor_name(std::string_view handler);

struct task_tree : supervisor_module {
  supervisor_init init(std::shared_ptr<task_home> home);
};

struct task_keeper : gen_server<task_keeper> {
  static constexpr bool outside_budget = true;
  static constexpr std::string_view term_name = "TaskHandler.Queue";
  // Waits for the former processes, so that only one at a time has the table.
  task<> init(std::shared_ptr<task_home> home);
  void handle_info(exit_message&) {}
  void terminate(const exit_reason& reason);

 private:
  std::shared_ptr<task_home> home_;
};

}  // namespace beamish::inline v0::detail
