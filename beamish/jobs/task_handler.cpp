// SPDX-License-Identifier: Apache-2.0
#include "beamish/jobs/task_handler.hpp"

#include <algorithm>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/log.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/runtime/timer.hpp"

namespace beamish::inline v0 {

term to_term(const task_handler_status& s) {
  std::vector<term> tasks(s.tasks.begin(), s.tasks.end());
  tasks.insert(tasks.end(), s.abandoned.begin(), s.abandoned.end());
  const std::vector<term> queue(s.queue.begin(), s.queue.end());
  return structure(
      elixir_module("TaskHandler"),
      {{"task_limit", s.task_limit}, {"tasks", list_from(tasks)}, {"queue", list_from(queue)}});
}

task<task_handler> task_handler::start_link(options o) {
  start_options named;
  named.name = o.name;
  auto server =
      co_await beamish::start_link<detail::task_handler_server>(named, o.task_limit, o.queue_limit);
  co_return task_handler(server.process());
}

namespace {

// The handler goes by value: a task may be awaited when its task_handler has gone.
task<task_handler_status> ask_status(task_handler to) {
  co_return co_await call<detail::task_handler_server::status>(to.address());
}

task<> ask_to_set_limit(task_handler to, std::size_t limit) {
  co_await call<detail::task_handler_server::set_limit>(to.address(), limit);
}

task<bool> ask_to_cancel(task_handler to, task_id id) {
  co_return co_await call<detail::task_handler_server::cancel>(to.address(), id);
}

// A task can't be sent to another node.
bool is_there(pid p) noexcept {
  const detail::context* here = detail::current_context();
  return alive(p) && (here == nullptr || here->node == nullptr || here->node->index == p.node);
}

}  // namespace

task<task_handler_status> task_handler::status() const { return ask_status(*this); }
task<> task_handler::set_limit(std::size_t limit) const { return ask_to_set_limit(*this, limit); }
task<bool> task_handler::cancel(task_id id) const { return ask_to_cancel(*this, id); }

void task_handler::add(std::unique_ptr<detail::task_job> job) const {
  const pid to = process();
  if (is_there(to)) {
    cast<detail::task_handler_server::add>(to, std::move(job));
  } else if (const detail::context* here = detail::current_context();
             here != nullptr && here->node != nullptr) {
    log(log_level::warning, "add_task: there is no task handler " + inspect(address().to_term()) +
                                "; the task was dropped; submit() tells its caller");
  }
}

namespace detail {

namespace {

bool is_system_limit(const exit_reason& why) {
  const term& value = why.value();
  return value.is_tuple() && value.size() == 2 && value.elements()[0].is_atom("system_limit");
}

bool is_lack_of_threads(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::system_error& e) {
    return e.code() == std::errc::resource_unavailable_try_again;
  } catch (...) {
    return false;
  }
}

}  // namespace

void check_may_await(const reference& request) {
  if (!request) throw std::logic_error("submit: the response was taken; co_await it only once");
  if (owner_of(request) != sender()) {
    throw std::logic_error("submit: only the process that submitted a task can await its response");
  }
}

void task_handler_server::init(std::size_t task_limit, std::size_t queue_limit) {
  // So that terminate runs when the parent ends, and the tasks end with the handler.
  trap_exits(true);
  task_limit_ = task_limit;
  queue_limit_ = queue_limit;
}

task_id task_handler_server::accept(std::unique_ptr<task_job> job,
                                    std::optional<from<submit>> submitter) {
  const bool starts_now = running_.size() < task_limit_ && queue_.empty();
  if (!starts_now && queue_.size() >= queue_limit_) {
    ++rejected_;
    if (submitter) submitter->reply(exit_reason(tuple(atom("rejected"), atom("queue_full"))));
    return 0;
  }
  queue_.push_back({next_id_, std::move(job), std::move(submitter)});
  fill_slots();
  return next_id_++;
}

void task_handler_server::fill_slots() {
  while (!lacks_room_ && running_.size() < task_limit_ && !queue_.empty()) {
    if (start_first()) patience_ = first_patience;
  }
  if (queue_.empty()) told_of_room_ = false;
}

bool task_handler_server::start_first() {
  waiting& next = queue_.front();
  monitored process;
  try {
    running_.reserve(running_.size() + 1);
    process = next.job->start();
  } catch (...) {
    const std::exception_ptr failure = std::current_exception();
    const exit_reason why = exit_reason::from_exception(failure);
    // A machine that has no thread even for one task may never have any.
    const bool waits = is_system_limit(why) || (!running_.empty() && is_lack_of_threads(failure));
    waits ? wait_for_room(why) : give_up_first(why);
    return !waits;
  }
  const bool returned = !next.job->threaded;
  running_.push_back({next.id, std::move(next.submitter), process, false, returned});
  queue_.pop_front();
  return true;
}

// No memory for it, for one: its submitter hears why, the others go on.
void task_handler_server::give_up_first(const exit_reason& why) {
  waiting lost = std::move(queue_.front());
  queue_.pop_front();
  ++completed_;
  if (lost.submitter) return lost.submitter->reply(why);
  log(log_level::error, "task " + std::to_string(lost.id) + " could not start: " + inspect(why));
}

void task_handler_server::wait_for_room(const exit_reason& why) {
  lacks_room_ = true;
  if (!std::exchange(timer_runs_, true)) {
    send_after(patience_, self(), look_for_room{});
    patience_ = std::min(2 * patience_, last_patience);
  }
  if (std::exchange(told_of_room_, true)) return;
  log(log_level::warning, "no room for a task while " + std::to_string(running_.size()) +
                              " of at most " + std::to_string(task_limit_) +
                              " run; the queue waits: " + inspect(why));
}

void task_handler_server::try_again() {
  lacks_room_ = false;
  fill_slots();
}

void task_handler_server::release_if_over(std::vector<running>::iterator at) {
  if (!at->ended || !at->returned) return;
  running_.erase(at);
  try_again();
}

void task_handler_server::handle_info(look_for_room&) {
  timer_runs_ = false;
  try_again();
}

void task_handler_server::handle_cast(add& m) {
  if (accept(std::move(m.job), std::nullopt) == 0) {
    log(log_level::warning, "add_task: the queue is full (" + std::to_string(queue_limit_) +
                                " tasks), the task was dropped; submit() tells its caller");
  }
}

void task_handler_server::handle_call(submit& m, from<submit> submitter) {
  accept(std::move(m.job), std::optional<from<submit>>(std::move(submitter)));
}

task_id task_handler_server::handle_call(enqueue& m) {
  return accept(std::move(m.job), std::nullopt);
}

bool task_handler_server::handle_call(cancel& m) {
  const auto has_id = [&](const auto& e) { return e.id == m.id; };
  if (auto at = std::find_if(queue_.begin(), queue_.end(), has_id); at != queue_.end()) {
    waiting e = std::move(*at);
    queue_.erase(at);
    ++completed_;
    if (e.submitter) e.submitter->reply(exit_reason(atom("cancelled")));
    try_again();  // if it was the first, the next may find room
    return true;
  }
  auto at = std::find_if(running_.begin(), running_.end(), has_id);
  if (at == running_.end() || at->ended) return false;
  exit(at->process.process, exit_reason(atom("cancelled")));
  return true;
}

task_handler_status task_handler_server::handle_call(status&) { return picture(); }

void task_handler_server::handle_call(set_limit& m) {
  task_limit_ = m.limit;
  fill_slots();
}

void task_handler_server::handle_info(down_message& m) {
  const auto at = std::find_if(running_.begin(), running_.end(),
                               [&](const running& e) { return e.process.id == m.id; });
  if (at == running_.end()) return;
  at->ended = true;
  ++completed_;  // before the response: who has it finds its task counted
  if (at->submitter) at->submitter->reply(m.reason);
  at->submitter.reset();
  release_if_over(at);
}

void task_handler_server::handle_info(thread_returned& m) {
  const auto at = std::find_if(running_.begin(), running_.end(),
                               [&](const running& e) { return e.process.process == m.process; });
  if (at == running_.end()) return;
  at->returned = true;
  release_if_over(at);
}

void task_handler_server::terminate(const exit_reason& reason) {
  for (running& e : running_) {
    if (!e.ended) exit(e.process.process, exit_reason::kill());
    if (e.submitter) e.submitter->reply(reason);
  }
  for (waiting& e : queue_) {
    if (e.submitter) e.submitter->reply(reason);
  }
}

task_handler_status task_handler_server::picture() const {
  task_handler_status s;
  s.task_limit = task_limit_;
  for (const running& e : running_) {
    (e.ended ? s.abandoned : s.tasks).push_back(e.process.process);
  }
  for (const waiting& e : queue_) s.queue.push_back(e.id);
  s.completed = completed_;
  s.rejected = rejected_;
  return s;
}

}  // namespace detail
}  // namespace beamish::inline v0
