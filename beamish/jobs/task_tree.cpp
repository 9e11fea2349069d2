// SPDX-License-Identifier: Apache-2.0
#include "beamish/jobs/task_tree.hpp"

#include "beamish/jobs/task_handler_server.hpp"
#include "beamish/jobs/task_runner.hpp"
#include "beamish/runtime/self.hpp"

namespace beamish::inline v0::detail {

std::shared_ptr<task_home> task_home::move_in(const std::shared_ptr<task_home>& home,
                                              pid supervisor) {
  const std::lock_guard lock(home->mutex_);
  task_address& where = *home->where;
  if (const pid other = where.supervisor(); other && other != supervisor && alive(other)) {
    auto fresh = std::make_shared<task_home>(home->table->options, home->options);
    fresh->where->set_supervisor(supervisor);
    return fresh;
  }
  where.set_supervisor(supervisor);
  for (const pid p : {where.handler(), where.runner()}) {
    if (p) home->former_.push_back(p);
  }
  where.set_handler({});
  where.set_runner({});
  return home;
}

std::vector<pid> task_home::former() const {
  const std::lock_guard lock(mutex_);
  return former_;
}

std::string supervisor_name(std::string_view handler) {
  return handler.empty() ? "" : std::string(handler) + ".Supervisor";
}

supervisor_init task_tree::init(std::shared_ptr<task_home> home) {
  home = task_home::move_in(home, self());
  auto keeper = child_spec<task_keeper>({.id = "queue"}, home);
  auto runner = child_spec<task_runner>({.id = "tasks"}, home->where);
  auto handler = child_spec<task_handler_server>({.name = home->options.name, .id = "handler"},
                                                 home->table, home->where, true);
  // As long as it may drain, which may be said later.
  handler.shutdown = shutdown_limit::wait();
  return {{keeper, runner, handler},
          {.strategy = one_for_one, .max_restarts = home->options.max_restarts}};
}

task<> task_keeper::init(std::shared_ptr<task_home> home) {
  trap_exits(true);
  home_ = std::move(home);
  for (const pid p : home_->former()) {
    const reference id = monitor(p);
    const auto is_it = [&id](const down_message& m) { return m.id == id; };
    co_await receive_if<down_message>(is_it);
  }
}

// After any other end the tree is started again, and the tasks are still there. So they are while a
// handler works: then the tree has not ended, the queue has, by itself.
void task_keeper::terminate(const exit_reason& reason) {
  if (!reason.is_expected()) return;
  home_->where->if_unhandled([&] { home_->table->close(reason); });
}

}  // namespace beamish::inline v0::detail
