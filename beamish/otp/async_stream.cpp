// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/async_stream.hpp"

#include <algorithm>

#include "beamish/otp/call.hpp"
#include "beamish/otp/schedulers.hpp"
#include "beamish/otp/task_queue.hpp"
#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/relations.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/runtime/timer.hpp"

namespace beamish::inline v0::detail {

namespace {

bool traps_exits() {
  self_access me;
  return me->has(slot_flag::trap_exit);
}

}  // namespace

task<task_key> start_own_element::ready_key(task_key key) { co_return key; }

stream_base::stream_base(const stream_options& o, bool failures_end_owner)
    : options_(o), failures_end_owner_(failures_end_owner) {
  if (o.max_concurrency == 0)
    throw argument_error("async_stream: max_concurrency must be greater than zero");
  if (o.timeout.count() < 0 && o.timeout != infinity)
    throw argument_error("async_stream: timeout must be a positive duration or infinity");
  if (o.max_concurrency == stream_options::one_per_worker)
    options_.max_concurrency = schedulers_online();
}

stream_base::~stream_base() {
  try {
    kill_all();
  } catch (const exited&) {
    // The thread of a process that was killed: its tasks have gone with it.
  }
  for (element& e : elements_) {
    if (e.result != nullptr) e.result->type->dispose(e.result);
  }
}

void stream_base::kill_all() {
  for (const watched_task& t : running_) {
    const task_key& key = elements_[t.position].key;
    {
      self_access me;
      if (me->extra != nullptr && me->extra->requests.erase(t.count))
        stop_and_kill(*me, key.record);
    }
    give_up(key);
  }
  running_.clear();
}

std::size_t stream_base::new_element() {
  if (free_.empty()) {
    elements_.emplace_back();
    free_.reserve(elements_.capacity());
    free_.push_back(elements_.size() - 1);
  }
  const std::size_t at = free_.back();
  free_.pop_back();
  elements_[at] = element();
  return at;
}

task<> stream_base::fill() {
  while (!exhausted_ && running_.size() < options_.max_concurrency) {
    exhausted_ = !more();
    if (exhausted_) break;
    const std::size_t at = new_element();
    running_.reserve(running_.size() + 1);
    term input;
    auto starting = start_next(input);
    const task_key key = co_await starting;
    running_.push_back({count_of(key.id), at});
    element& e = elements_[at];
    e.key = key;
    e.input = std::move(input);
    e.deadline = options_.timeout == infinity ? infinity : now() + options_.timeout;
    if (options_.ordered) to_give_.push_back(at);
  }
}

task<bool> stream_base::advance() {
  for (;;) {
    if (!to_give_.empty() && elements_[to_give_.front()].done()) co_return true;
    auto filling = fill();
    co_await filling;
    if (running_.empty()) co_return false;
    auto waiting = arrival_awaitable(running_, until_next_deadline(), true);
    auto arrived = co_await waiting;
    if (arrived)
      note(*arrived);
    else
      note_late();
  }
}

stream_base::element stream_base::take() {
  const std::size_t at = to_give_.front();
  element given = std::move(elements_[at]);
  elements_[at].result = nullptr;
  to_give_.pop_front();
  free_.push_back(at);
  return given;
}

void stream_base::finished(std::size_t at) {
  std::erase_if(running_, [&](const watched_task& t) { return t.position == at; });
  if (!options_.ordered) to_give_.push_back(at);
}

void stream_base::note(task_arrival& a) {
  element& e = elements_[a.position];
  if (a.result == nullptr) return fail(e, std::move(a.reason));
  // Too late: what counts now is that its process is gone.
  if (e.too_slow) return a.result->type->dispose(a.result);
  stop_watching(e.key, true);
  e.result = a.result;
  finished(a.position);
}

void stream_base::fail(element& e, exit_reason why) {
  if (e.too_slow) {
    why = exit_reason(atom("timeout"));
  } else if (failures_end_owner_ && !why.is_normal() && !traps_exits()) {
    exit(self(), why);
  }
  if (options_.zip_input_on_exit) why = exit_reason(tuple(e.input, why.value()));
  e.reason = std::move(why);
  finished(static_cast<std::size_t>(&e - elements_.data()));
}

duration stream_base::until_next_deadline() const {
  if (options_.timeout == infinity) return infinity;
  for (const watched_task& t : running_) {
    const element& e = elements_[t.position];
    if (!e.too_slow) return std::max(duration(0), e.deadline - now());
  }
  return infinity;
}

void stream_base::note_late() {
  const duration time = now();
  for (const watched_task& t : running_) {
    element& e = elements_[t.position];
    if (e.too_slow || e.deadline > time) continue;
    if (options_.on_timeout == beamish::on_timeout::exit) {
      kill_all();
      throw exited(exit_reason(tuple(atom("timeout"), tuple(atom("task"), atom("async_stream"),
                                                            list(limit_term(options_.timeout))))));
    }
    e.too_slow = true;
    exit(e.key.process, exit_reason::kill());
  }
}

task<> stream_base::halt() {
  exhausted_ = true;
  for (const watched_task& t : running_) {
    elements_[t.position].too_slow = true;
    exit(elements_[t.position].key.process, exit_reason::kill());
  }
  while (!running_.empty()) {
    auto waiting = arrival_awaitable(running_, infinity, true);
    auto arrived = co_await waiting;
    note(*arrived);
  }
  for (const std::size_t at : to_give_) {
    if (signal* s = std::exchange(elements_[at].result, nullptr)) s->type->dispose(s);
    free_.push_back(at);
  }
  to_give_.clear();
}

}  // namespace beamish::inline v0::detail
