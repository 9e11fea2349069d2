// SPDX-License-Identifier: Apache-2.0
// tested in: task_tree_test.cpp
#include "beamish/jobs/task_runner.hpp"

#include <algorithm>

#include "beamish/jobs/task_room.hpp"

namespace beamish::inline v0::detail {

void task_runner::init(std::shared_ptr<task_address> where) {
  where_ = std::move(where);
  where_->set_runner(self());
  send(where_->handler(), runner_is_up{});
}

void task_runner::tell(const task_ref& job) const { send(where_->handler(), task_moved{job}); }

void task_runner::handle_info(runner_start& m) {
  full_ = full_ && !m.first;
  task_record& job = *m.job;
  try {
    if (job.unwanted.load(std::memory_order_acquire)) throw exited(exit_reason(atom("cancelled")));
    if (full_) throw exited(exit_reason(tuple(atom("system_limit"), atom("room"))));
    runs_.reserve(runs_.size() + 1);
    const monitored process = job.start();
    job.process = process.process;
    job.step.store(task_record::stage::begun, std::memory_order_release);
    runs_.push_back({m.job, process});
  } catch (...) {
    job.reason = start_failure(std::current_exception(), runs_.empty());
    full_ = full_ || is_lack_of_room(job.reason);
    job.step.store(task_record::stage::refused, std::memory_order_release);
    tell(m.job);
  }
}

void task_runner::handle_info(runner_stop& m) {
  if (m.job->step.load(std::memory_order_relaxed) == task_record::stage::begun)
    exit(m.job->process, m.reason);
}

void task_runner::handle_info(runner_hello& m) {
  send(where_->handler(), runner_welcome{m.number});
}

void task_runner::handle_info(down_message& m) {
  const auto at =
      std::find_if(runs_.begin(), runs_.end(), [&](const run& r) { return r.process.id == m.id; });
  if (at == runs_.end()) return;
  at->over = true;
  at->job->reason = m.reason;
  at->job->step.store(task_record::stage::over, std::memory_order_release);
  drop_if_over(at);
}

void task_runner::handle_info(thread_returned& m) {
  const auto at = std::find_if(runs_.begin(), runs_.end(),
                               [&](const run& r) { return r.process.process == m.process; });
  if (at == runs_.end()) return;
  at->job->returned.store(true, std::memory_order_release);
  drop_if_over(at);
}

// The handler hears of the end, and once more if the thread returns only later.
void task_runner::drop_if_over(std::vector<run>::iterator at) {
  if (!at->over) return;
  const task_ref job = at->job;
  if (!job->threaded || job->returned.load(std::memory_order_relaxed)) runs_.erase(at);
  tell(job);
}

}  // namespace beamish::inline v0::detail
