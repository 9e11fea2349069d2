// SPDX-License-Identifier: Apache-2.0
// What a task handler tells those who subscribed.
// tested in: task_events_test.cpp
#include <algorithm>

#include "beamish/jobs/task_handler_server.hpp"
#include "beamish/runtime/clock.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/runtime/timer.hpp"

namespace beamish::inline v0::detail {

void task_handler_server::tell(task_event::kind what, const task_record& job,
                               const exit_reason& reason, term value) {
  ++table_->last_event;
  if (table_->subscribers.empty()) return;
  task_event e;
  e.what = what;
  e.number = table_->last_event;
  e.id = job.id;
  e.attempt = job.attempt;
  e.label = job.options().label;
  e.at = now();
  e.reason = reason;
  e.value = std::move(value);
  for (const monitored& s : table_->subscribers) send(s.process, e);
}

void task_handler_server::handle_call(subscribe& m) {
  const auto is_it = [&](const monitored& s) { return s.process == m.listener; };
  auto& those = table_->subscribers;
  if (std::any_of(those.begin(), those.end(), is_it)) return;
  those.push_back({m.listener, monitor(m.listener)});
}

bool task_handler_server::handle_call(unsubscribe& m) {
  for (const monitored& s : table_->subscribers) {
    if (s.process == m.listener) demonitor(s.id);
  }
  return std::erase_if(table_->subscribers,
                       [&](const monitored& s) { return s.process == m.listener; }) > 0;
}

void task_handler_server::handle_info(task_reported& m) {
  const auto at = table_->find_running(m.id);
  if (at == table_->running.end() || at->ended || at->entry.job->attempt != m.attempt) return;
  tell(task_event::kind::progress, *at->entry.job, exit_reason::normal(), std::move(m.value));
}

}  // namespace beamish::inline v0::detail
