// SPDX-License-Identifier: Apache-2.0
// Those that run: how they end, what follows, and how a handler that was started anew finds them.
// tested in: task_tree_test.cpp
#include <algorithm>
#include <utility>
#include <variant>

#include "beamish/jobs/task_handler_server.hpp"
#include "beamish/jobs/task_room.hpp"
#include "beamish/otp/restart_window.hpp"
#include "beamish/runtime/clock.hpp"
#include "beamish/runtime/log.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/runtime/timer.hpp"

namespace beamish::inline v0::detail {

namespace {

exit_reason reason_of_loss(const exit_reason& why) {
  return exit_reason(tuple(atom("lost"), why.value()));
}

// What a task came to whose end nobody saw. Empty: nobody knows, or it was killed with its runner.
std::optional<exit_reason> own_end(const task_record& job) {
  switch (job.ending.load(std::memory_order_acquire)) {
    case task_record::outcome::returned:
      return exit_reason::normal();
    case task_record::outcome::failed:
      if (job.failure == exit_reason::killed()) return std::nullopt;
      return job.failure;
    case task_record::outcome::open:
      break;
  }
  return std::nullopt;
}

bool is_lost(const exit_reason& r) {
  const term& value = r.value();
  return value.is_tuple() && value.size() == 2 && value.elements()[0].is_atom("lost");
}

}  // namespace

// ---- ends

void task_handler_server::handle_info(down_message& m) {
  const auto at = std::find_if(table_->running.begin(), table_->running.end(),
                               [&](const running_task& r) { return r.process.id == m.id; });
  if (at == table_->running.end()) {
    std::erase_if(table_->subscribers, [&](const monitored& s) { return s.id == m.id; });
    return;
  }
  const bool was_known = std::exchange(at->ended, true);
  if (!at->orphan) return conclude(at, m.reason);
  const task_record& job = *at->entry.job;
  at->returned = !job.inside.load(std::memory_order_acquire);
  if (!at->returned) look_later();
  if (was_known) return release_if_over(at);
  conclude(at, own_end(job).value_or(reason_of_loss(m.reason)));
}

void task_handler_server::handle_info(thread_returned& m) {
  const auto at =
      std::find_if(table_->running.begin(), table_->running.end(),
                   [&](const running_task& r) { return r.process.process == m.process; });
  if (at == table_->running.end()) return;
  at->returned = true;
  release_if_over(at);
}

// One run is over: the response, or one more attempt.
void task_handler_server::conclude(running_at at, const exit_reason& reason) {
  task_record& job = *at->entry.job;
  if (at->timer) cancel_timer(std::exchange(at->timer, reference()));
  at->overdue = {};
  const bool failed = !reason.is_normal() && at->verdict != running_task::judgement::cancelled;
  const bool started_again =
      failed && is_lost(reason) && table_->options.when_lost == lost_tasks::start_again;
  at->again = started_again || (failed && job.attempt <= job.options().retries);
  if (at->again) {
    job.reason = reason;
  } else {
    finish(at->entry, *at, reason);
  }
  release_if_over(at);
}

void task_handler_server::finish(task_entry& e, const running_task& r, const exit_reason& reason) {
  using judgement = running_task::judgement;
  const bool failed = !reason.is_normal();
  const bool late = failed && r.verdict == judgement::timed_out;
  const exit_reason told = late ? exit_reason(atom("timeout")) : reason;
  ++table_->completed;  // before the response: who has it finds its task counted
  if (const std::string& key = e.job->options().key; !key.empty()) table_->keys.erase(key);
  tell(late                                          ? task_event::kind::timed_out
       : failed && r.verdict == judgement::cancelled ? task_event::kind::cancelled
       : is_lost(reason)                             ? task_event::kind::lost
                                                     : task_event::kind::finished,
       *e.job, told);
  if (e.submitter) e.submitter->reply(told);
  e.submitter.reset();
}

void task_handler_server::release_if_over(running_at at) {
  if (!at->ended || !at->returned) return;
  running_task r = table_->remove_running(at);
  task_record& job = *r.entry.job;
  if (!r.again) {
    job.forget();
  } else {
    // A task that was lost has not failed: it takes its place again.
    const bool lost = is_lost(job.reason) && table_->options.when_lost == lost_tasks::start_again;
    if (!lost) ++job.attempt;
    if (job.reports) job.progress = task_progress(where_, job.id, job.attempt);
    tell(task_event::kind::retried, job, job.reason);
    if (lost)
      table_->push_before(std::move(r.entry));
    else
      put_off(std::move(r.entry),
              pause_of(job.options().backoff, job.attempt - 2, random_number()));
  }
  try_again();
}

// ---- what is asked of them

bool task_handler_server::handle_call(cancel& m) {
  const exit_reason cancelled(atom("cancelled"));
  running_task none;
  none.verdict = running_task::judgement::cancelled;
  if (auto e = table_->take_waiting(m.id)) {
    finish(*e, none, cancelled);
    try_again();  // if it was the first, the next may find room
    return true;
  }
  if (const auto l = table_->later.find(m.id); l != table_->later.end()) {
    cancel_timer(l->second.timer);
    task_entry e = std::move(l->second.entry);
    table_->later.erase(l);
    finish(e, none, cancelled);
    return true;
  }
  const auto at = table_->find_running(m.id);
  if (at == table_->running.end() || (at->ended && !at->again)) return false;
  at->verdict = running_task::judgement::cancelled;
  if (at->ended) {
    at->again = false;  // its thread still runs, but there will be no other attempt
    finish(at->entry, *at, cancelled);
  } else {
    stop_run(*at, cancelled);
  }
  return true;
}

void task_handler_server::handle_info(task_overdue& m) {
  const auto at = table_->find_running(m.id);
  if (at == table_->running.end() || at->ended || at->entry.job->attempt != m.attempt) return;
  if (at->overdue == duration::zero() || at->overdue > now()) return;
  if (at->verdict == running_task::judgement::none)
    at->verdict = running_task::judgement::timed_out;
  stop_run(*at, exit_reason(atom("timeout")));
}

void task_handler_server::stop_run(running_task& r, const exit_reason& reason) {
  if (!r.runner) return exit(r.process.process, reason);
  // What a predecessor asked the runner to start may still be under way, and come later than this.
  r.entry.job->unwanted.store(true, std::memory_order_release);
  send(r.runner, runner_stop{r.entry.job, reason});
}

// ---- the runner

void task_handler_server::handle_info(task_moved& m) { look_at(m.job.get()); }

void task_handler_server::look_at(task_record* job) {
  const auto at = std::find_if(table_->running.begin(), table_->running.end(),
                               [&](const running_task& r) { return r.entry.job.get() == job; });
  if (at == table_->running.end()) return;
  const auto step = job->step.load(std::memory_order_acquire);
  if (step == task_record::stage::refused) return refused(at);
  if (step != task_record::stage::over) return;
  at->returned = !job->threaded || job->returned.load(std::memory_order_acquire);
  if (!std::exchange(at->ended, true)) return conclude(at, exit_reason(job->reason));
  release_if_over(at);
}

void task_handler_server::refused(running_at at) {
  was_refused_ = true;
  running_task r = table_->remove_running(at);
  if (r.timer) cancel_timer(r.timer);
  const exit_reason why = r.entry.job->reason;
  if (r.verdict != running_task::judgement::none) {
    finish(r.entry, r, exit_reason(atom("cancelled")));
    return try_again();
  }
  if (!is_lack_of_room(why)) {
    give_up(std::move(r.entry), why);
    return try_again();
  }
  tell(task_event::kind::queued, *r.entry.job);
  table_->push_before(std::move(r.entry));
  wait_for_room(why);
}

// There is a runner, perhaps a new one: all that an old one had is looked for.
void task_handler_server::meet_runner() {
  const pid runner = where_->runner();
  std::vector<task_ref> jobs;
  for (const running_task& r : table_->running) jobs.push_back(r.entry.job);
  for (const task_ref& job : jobs) {
    const auto at = table_->find_running(job->id);
    if (at == table_->running.end()) continue;
    if (at->runner == runner)
      look_at(job.get());
    else if (!at->orphan)
      adopt(*at);
  }
  try_again();
}

// Its runner has ended, and the task, if it had begun, ends with it: its DOWN says when.
void task_handler_server::adopt(running_task& r) {
  const auto step = r.entry.job->step.load(std::memory_order_acquire);
  if (step == task_record::stage::over) {
    r.orphan = true;  // its thread may have returned, or will, with nobody to say so
    look_at(r.entry.job.get());
    return look_at_threads();
  }
  if (step == task_record::stage::begun) {
    r.orphan = true;
    r.process.process = r.entry.job->process;
    r.process.id = monitor(r.process.process);
    return;
  }
  running_task back = table_->remove_running(table_->find_running(r.entry.job->id));
  if (back.timer) cancel_timer(back.timer);
  if (back.verdict == running_task::judgement::cancelled)
    return finish(back.entry, back, exit_reason(atom("cancelled")));
  back.entry.job->reopen();
  tell(task_event::kind::queued, *back.entry.job);
  table_->push_before(std::move(back.entry));
}

void task_handler_server::greet_runner() { send(where_->runner(), runner_hello{++hellos_}); }

void task_handler_server::handle_info(runner_is_up&) {
  meet_runner();
  // What its predecessor was asked last may have come too late for that one.
  if (!table_->asked.empty()) greet_runner();
}

void task_handler_server::handle_info(runner_welcome& m) {
  meet_runner();
  auto asked = std::exchange(table_->asked, {});
  for (auto& [number, asker] : asked) {
    if (number <= m.number)
      asker.reply(picture());
    else
      table_->asked.emplace_back(number, std::move(asker));
  }
}

// Nobody says when the thread of an orphan returns.
void task_handler_server::look_at_threads() {
  std::vector<task_id> ids;
  for (const running_task& r : table_->running) {
    if (r.orphan && r.ended && !r.returned) ids.push_back(r.entry.job->id);
  }
  for (const task_id id : ids) {
    const auto at = table_->find_running(id);
    at->returned = !at->entry.job->inside.load(std::memory_order_acquire);
    if (!at->returned) look_later();
    release_if_over(at);
  }
}

// ---- the end

task<> task_handler_server::terminate(const exit_reason& reason) {
  const exit_reason why = reason;
  if (supervised_ && !why.is_expected()) co_return;  // a successor takes up the table
  if (why.is_expected() && table_->options.drain > duration::zero()) co_await drain();
  end_all(why);
}

bool task_handler_server::nothing_left() const {
  return table_->running.empty() && table_->none_waits() && table_->later.empty();
}

task<> task_handler_server::drain() {
  const auto until = now() + table_->options.drain;
  while (!nothing_left() && until > now()) {
    auto m =
        co_await receive<down_message, thread_returned, look_for_room, task_reported, task_due,
                         task_overdue, task_moved, runner_is_up, runner_welcome>(until - now());
    if (!m) co_return;
    std::visit([this](auto& each) { handle_info(each); }, *m);
  }
}

void task_handler_server::end_all(const exit_reason& reason) {
  const auto lost = [&](const task_entry& e) { tell(task_event::kind::lost, *e.job, reason); };
  for (running_task& r : table_->running) {
    if (!r.ended && !r.runner) exit(r.process.process, exit_reason::kill());
    if (!r.ended || r.again) lost(r.entry);
  }
  table_->each_waiting(lost);
  for (const auto& [id, l] : table_->later) lost(l.entry);
  table_->close(reason);
}

}  // namespace beamish::inline v0::detail
