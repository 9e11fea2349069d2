// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/await_many.hpp"

#include <algorithm>

#include "beamish/otp/call.hpp"
#include "beamish/otp/task_queue.hpp"
#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/relations.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/runtime/timer.hpp"

namespace beamish::inline v0::detail {

namespace {

const watched_task* find_watched(const watched_task* tasks, std::size_t size,
                                 std::uint64_t count) noexcept {
  const watched_task* end = tasks + size;
  const watched_task* at = std::lower_bound(
      tasks, end, count, [](const watched_task& t, std::uint64_t c) { return t.count < c; });
  return at != end && at->count == count ? at : nullptr;
}

bool match_many(waiter& w, signal& s) {
  auto& me = static_cast<many_waiter&>(w);
  if (s.type->kind != signal_kind::message) return tell_wait(s, "tasks' results");
  const std::uint64_t count = count_in(s);
  const watched_task* of = count == 0 ? nullptr : find_watched(me.tasks, me.size, count);
  if (of == nullptr) return false;
  me.taken = &s;
  me.position = of->position;
  me.is_down = (s.flags & signal_of_task) == 0;
  return true;
}

term show_tasks(const std::vector<task_key>& keys) {
  std::vector<term> all;
  for (const task_key& key : keys) all.push_back(show_task(key));
  return list_from(all);
}

// Those of the tasks that nothing has come of yet.
class open_tasks {
 public:
  open_tasks(const std::vector<task_key>& keys, const char* function) : keys_(keys) {
    for (const task_key& key : keys) {
      check_owner(key, function);
      tasks_.push_back({count_of(key.id), tasks_.size()});
    }
    std::sort(tasks_.begin(), tasks_.end(),
              [](const watched_task& a, const watched_task& b) { return a.count < b.count; });
    const auto twice = std::adjacent_find(
        tasks_.begin(), tasks_.end(),
        [](const watched_task& a, const watched_task& b) { return a.count == b.count; });
    if (twice != tasks_.end()) {
      throw argument_error(std::string(function) + ": the task " +
                           inspect(show_task(keys[twice->position])) + " was given twice");
    }
  }

  std::size_t size() const noexcept { return tasks_.size() - arrived_; }
  auto next(duration limit) {
    return arrival_awaitable(tasks_, limit, !std::exchange(begun_, true));
  }
  // Both are of one task: nothing more is wanted of it.
  void note(const task_arrival& a) {
    ++arrived_;
    if (a.result != nullptr) stop_watching(keys_[a.position], true);
  }

 private:
  const std::vector<task_key>& keys_;
  std::vector<watched_task> tasks_;
  std::size_t arrived_ = 0;
  bool begun_ = false;
};

duration end_of_limit(duration limit) { return limit.count() < 0 ? infinity : now() + limit; }
duration left_until(duration end) {
  return end.count() < 0 ? infinity : std::max(duration(0), end - now());
}

// Whoever is not done is given up before the caller exits.
[[noreturn]] void fail_many(const std::vector<task_key>& keys, const task_arrivals& arrived,
                            const exit_reason& why, duration limit) {
  for (std::size_t at = 0; at < keys.size(); ++at) {
    if (arrived.results[at] == nullptr && !arrived.reasons[at]) give_up(keys[at]);
  }
  throw exited(exit_reason(tuple(why.value(), tuple(atom("task"), atom("await_many"),
                                                    list(show_tasks(keys), limit_term(limit))))));
}

}  // namespace

void many_waiter::begin(process_slot& self, std::coroutine_handle<> h, duration limit,
                        bool anew) noexcept {
  match = &match_many;
  frame = h;
  timeout = limit.count();
  if (anew) self.scan = &self.queue;
  self.waiting = this;
}

std::optional<task_arrival> many_waiter::take() noexcept {
  if (taken == nullptr) return std::nullopt;
  signal* s = std::exchange(taken, nullptr);
  task_arrival a;
  a.position = position;
  if (is_down) {
    disposer end(s);
    a.reason = std::move(payload_of<down_message>(*s).reason);
  } else {
    a.result = s;
  }
  return a;
}

task_arrivals::~task_arrivals() {
  for (signal* s : results) {
    if (s != nullptr) s->type->dispose(s);
  }
}

task<task_arrivals> await_tasks(std::vector<task_key> keys, duration limit) {
  open_tasks open(keys, "await_many");
  task_arrivals arrived(keys.size());
  const duration end = end_of_limit(limit);
  while (open.size() > 0) {
    auto waiting = open.next(left_until(end));
    auto next = co_await waiting;
    if (!next) fail_many(keys, arrived, exit_reason(atom("timeout")), limit);
    open.note(*next);
    arrived.results[next->position] = next->result;
    if (next->result == nullptr) {
      arrived.reasons[next->position] = next->reason;
      fail_many(keys, arrived, next->reason, limit);
    }
  }
  co_return arrived;
}

task<task_arrivals> yield_tasks(std::vector<task_key> keys, yield_many_options o) {
  open_tasks open(keys, "yield_many");
  task_arrivals arrived(keys.size());
  const duration end = end_of_limit(o.timeout);
  while (open.size() > 0 && keys.size() - open.size() < o.limit) {
    auto waiting = open.next(left_until(end));
    auto next = co_await waiting;
    if (!next) break;
    open.note(*next);
    arrived.results[next->position] = next->result;
    if (next->result == nullptr) arrived.reasons[next->position] = std::move(next->reason);
  }
  if (o.on_timeout == unfinished::nothing) co_return arrived;
  for (std::size_t at = 0; at < keys.size(); ++at) {
    if (arrived.results[at] != nullptr || arrived.reasons[at]) continue;
    if (o.on_timeout == unfinished::ignore) {
      arrived.results[at] = ignore_task(keys[at], arrived.reasons[at]);
      continue;
    }
    auto reason = co_await shut_down(keys[at], infinity, true);
    arrived.results[at] = find_result(keys[at]);
    if (arrived.results[at] == nullptr) arrived.reasons[at] = std::move(reason);
  }
  co_return arrived;
}

}  // namespace beamish::inline v0::detail
