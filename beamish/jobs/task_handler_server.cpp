// SPDX-License-Identifier: Apache-2.0
// Those that wait: how they are taken, in which order they start, and when there is room.
// tested in: task_handler_test.cpp
#include "beamish/jobs/task_handler_server.hpp"

#include <algorithm>
#include <utility>

#include "beamish/jobs/task_room.hpp"
#include "beamish/runtime/clock.hpp"
#include "beamish/runtime/log.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/runtime/timer.hpp"

namespace beamish::inline v0::detail {

void task_handler_server::init(std::shared_ptr<task_table> table,
                               std::shared_ptr<task_address> where, bool supervised) {
  // So that terminate runs when the parent ends, and the tasks end with the handler.
  trap_exits(true);
  table_ = std::move(table);
  where_ = std::move(where);
  supervised_ = supervised;
  where_->set_handler(self());
  take_up_again();
}

// What a predecessor left.
void task_handler_server::take_up_again() {
  for (auto& [id, l] : table_->later)
    l.timer = send_after(std::max(l.due - now(), duration::zero()), self(), task_due{id});
  for (running_task& r : table_->running) {
    r.orphan = false;
    if (r.overdue == duration::zero()) continue;
    const task_overdue over{r.entry.job->id, r.entry.job->attempt};
    r.timer = send_after(std::max(r.overdue - now(), duration::zero()), self(), over);
  }
  asks_for_slots_ = table_->options.shared != nullptr;
  for (monitored& m : table_->subscribers) m.id = monitor(m.process);
  // A runner that has just started may not have seen this one, so it is asked, too.
  for (auto& [number, asker] : table_->asked) number = 1;
  if (supervised_) greet_runner();
  if (!table_->none_waits()) fill_slots();
}

std::optional<exit_reason> task_handler_server::refusal(const task_record& job) const {
  const task_settings& o = job.options();
  if (!o.key.empty()) {
    if (const auto same = table_->keys.find(o.key); same != table_->keys.end())
      return exit_reason(tuple(atom("rejected"), tuple(atom("duplicate"), same->second)));
  }
  if (table_->waiting_count() + table_->later.size() < table_->options.queue_limit)
    return std::nullopt;
  const auto& shared = table_->options.shared;
  const bool starts_now = o.delay <= duration::zero() && table_->none_waits() &&
                          table_->fits(o.weight) &&
                          (shared == nullptr || shared->would_fit(table_.get(), o.weight));
  if (starts_now) return std::nullopt;
  return exit_reason(tuple(atom("rejected"), atom("queue_full")));
}

task_id task_handler_server::accept(task_ref job, std::optional<from<submit>> submitter) {
  if (const auto why = refusal(*job)) {
    ++table_->rejected;
    if (submitter) submitter->reply(*why);
    return 0;
  }
  const task_id id = table_->next_id;
  const task_settings& o = job->options();
  if (!o.key.empty()) table_->keys.emplace(o.key, id);
  job->id = id;
  if (job->reports) job->progress = task_progress(where_, id, 1);
  ++table_->next_id;
  job->accepted.store(true, std::memory_order_release);
  tell(task_event::kind::queued, *job);
  task_entry entry{std::move(job), std::move(submitter)};
  if (o.delay > duration::zero()) {
    put_off(std::move(entry), o.delay);
  } else {
    table_->push(std::move(entry));
    fill_slots();
  }
  return id;
}

void task_handler_server::put_off(task_entry e, duration pause) {
  const task_id id = e.job->id;
  later_task& l = table_->later[id];
  l.entry = std::move(e);
  l.due = now() + pause;
  l.timer = send_after(pause, self(), task_due{id});
}

void task_handler_server::handle_info(task_due& m) {
  const auto at = table_->later.find(m.id);
  if (at == table_->later.end()) return;
  // A timer of a predecessor may come early by what was under way.
  if (at->second.due > now()) return;
  task_entry e = std::move(at->second.entry);
  table_->later.erase(at);
  table_->push(std::move(e));
  fill_slots();
}

// A slot of the handler's, and those of the shared limit, which it takes.
bool task_handler_server::has_slot(const task_record& job, std::size_t& shared) {
  const std::size_t weight = job.options().weight;
  if (!table_->fits(weight)) {
    // Others may have what was granted meanwhile.
    if (std::exchange(asks_for_slots_, false)) table_->options.shared->withdraw(table_.get());
    return false;
  }
  if (table_->options.shared == nullptr) return true;
  asks_for_slots_ = !table_->options.shared->take(table_.get(), weight, where_);
  shared = asks_for_slots_ ? 0 : weight;
  return !asks_for_slots_;
}

void task_handler_server::fill_slots() {
  while (!lacks_room_ && !table_->none_waits() && start_first()) patience_ = first_patience;
  if (!table_->none_waits()) return;
  told_of_room_ = false;
  if (std::exchange(asks_for_slots_, false)) table_->options.shared->withdraw(table_.get());
}

bool task_handler_server::start_first() {
  std::size_t slots = 0;
  if (!has_slot(*table_->first().job, slots)) return false;
  table_->running.reserve(table_->running.size() + 1);
  running_task r;
  r.slots = slots;
  r.entry.job = table_->first().job;
  if (supervised_) {
    r.runner = where_->runner();
    r.entry.job->reopen();
    send(r.runner, runner_start{r.entry.job, std::exchange(was_refused_, false)});
  } else {
    try {
      start_here(r);
    } catch (...) {
      const exit_reason why = start_failure(std::current_exception(), table_->running.empty());
      if (slots != 0) table_->options.shared->give_back(slots);
      if (!is_lack_of_room(why)) {
        give_up(table_->take_first(), why);
        return true;
      }
      wait_for_room(why);
      return false;
    }
  }
  r.entry = table_->take_first();
  started(std::move(r));
  return true;
}

void task_handler_server::start_here(running_task& r) {
  r.entry.job->reopen();
  r.process = r.entry.job->start();
  r.returned = !r.entry.job->threaded;
}

void task_handler_server::started(running_task r) {
  const task_record& job = *r.entry.job;
  if (const duration limit = job.options().timeout; limit != infinity) {
    r.overdue = now() + limit;
    r.timer = send_after(limit, self(), task_overdue{job.id, job.attempt});
  }
  table_->add_running(std::move(r));
  tell(task_event::kind::started, job);
}

// No memory for it, for one: its submitter hears why, the others go on.
void task_handler_server::give_up(task_entry e, const exit_reason& why) {
  if (!e.submitter)
    log(log_level::error,
        "task " + std::to_string(e.job->id) + " could not start: " + inspect(why));
  finish(e, running_task(), why);
}

void task_handler_server::look_later() {
  if (std::exchange(timer_runs_, true)) return;
  send_after(patience_, self(), look_for_room{});
  patience_ = std::min(2 * patience_, last_patience);
}

void task_handler_server::wait_for_room(const exit_reason& why) {
  lacks_room_ = true;
  look_later();
  if (std::exchange(told_of_room_, true)) return;
  log(log_level::warning, "no room for a task while " + std::to_string(table_->running.size()) +
                              " of at most " + std::to_string(table_->options.task_limit) +
                              " run; the queue waits: " + inspect(why));
}

void task_handler_server::try_again() {
  lacks_room_ = false;
  fill_slots();
}

void task_handler_server::handle_info(look_for_room&) {
  timer_runs_ = false;
  look_at_threads();
  try_again();
}

void task_handler_server::handle_cast(add& m) {
  if (accept(std::move(m.job), std::nullopt) == 0) {
    log(log_level::warning, "add_task: the queue is full (" +
                                std::to_string(table_->options.queue_limit) +
                                " tasks), the task was dropped; submit() tells its caller");
  }
}

void task_handler_server::handle_call(submit& m, from<submit> submitter) {
  task_ref job = std::move(m.job);
  accept(std::move(job), std::optional<from<submit>>(std::move(submitter)));
}

task_id task_handler_server::handle_call(enqueue& m) {
  return accept(std::move(m.job), std::nullopt);
}

void task_handler_server::handle_call(set_limit& m) {
  table_->options.task_limit = m.limit;
  fill_slots();
}

// The pids of those that the runner has not started yet are known only when it has.
void task_handler_server::handle_call(status&, from<status> asker) {
  const auto is_on_its_way = [](const running_task& r) {
    return r.runner &&
           r.entry.job->step.load(std::memory_order_acquire) == task_record::stage::given;
  };
  const auto& those = table_->running;
  if (std::none_of(those.begin(), those.end(), is_on_its_way)) return asker.reply(picture());
  greet_runner();
  table_->asked.emplace_back(hellos_, std::move(asker));
}

task_handler_status task_handler_server::picture() const {
  task_handler_status s;
  s.task_limit = table_->options.task_limit;
  for (const running_task& r : table_->running) {
    pid p = r.process.process;
    if (r.runner && r.entry.job->step.load(std::memory_order_acquire) >= task_record::stage::begun)
      p = r.entry.job->process;
    (r.ended ? s.abandoned : s.tasks).push_back(p);
  }
  s.queue = table_->waiting_ids();
  for (const auto& [id, l] : table_->later) s.later.push_back(id);
  s.taken = table_->taken();
  s.completed = table_->completed;
  s.rejected = table_->rejected;
  return s;
}

}  // namespace beamish::inline v0::detail
