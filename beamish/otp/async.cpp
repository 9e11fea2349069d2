// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/async.hpp"

#include "beamish/otp/call.hpp"
#include "beamish/otp/task_queue.hpp"
#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/relations.hpp"
#include "beamish/runtime/self.hpp"

namespace beamish::inline v0 {

namespace detail {

namespace {

bool is_active(const process_slot& owner, std::uint64_t count) noexcept {
  return owner.extra != nullptr && owner.extra->requests.contains(count);
}

bool match_task(waiter& w, signal& s) {
  auto& me = static_cast<task_waiter&>(w);
  if (s.type->kind != signal_kind::message) return tell_wait(s, "a task's result");
  const bool down = is_down_of(s, me.count);
  if (!down && !(me.wants_result && is_result_of(s, me.count))) {
    ++me.passed;
    return false;
  }
  me.taken = &s;
  me.is_down = down;
  return true;
}

// False if the DOWN has come already.
bool stop_active(process_slot& me, const task_key& key) noexcept {
  if (!me.extra->requests.erase(count_of(key.id))) return false;
  stop_monitor(me, key.record);
  return true;
}

// For a coroutine of this file: the task's end, whatever its result.
class end_awaitable {
 public:
  using beamish_awaitable = void;
  end_awaitable(const task_key& key, duration limit) : key_(key), limit_(limit) {
    waiter_.wants_result = false;
  }
  bool await_ready() const noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> h) noexcept {
    waiter_.begin(*h.promise().self, h, key_, limit_);
  }
  std::optional<exit_reason> await_resume() {
    if (waiter_.taken == nullptr) return std::nullopt;
    return waiter_.take_reason();
  }

 private:
  task_key key_;
  duration limit_;
  task_waiter waiter_;
};

}  // namespace

std::uint64_t count_of_task(const task_key& key) noexcept { return count_of(key.id); }

void check_owner(const task_key& key, const char* function) {
  const pid me = self();
  if (key.id && owner_of(key.id) == me) return;
  throw argument_error(std::string(function) + ": the task " + inspect(show_task(key)) +
                       " must be used by its owner, the process that called async, not by " +
                       inspect(term(me)));
}

term show_task(const task_key& key) {
  return structure(elixir_module("Task"), {{"owner", key.id ? term(owner_of(key.id)) : term()},
                                           {"pid", key.process ? term(key.process) : term()},
                                           {"ref", key.id ? term(key.id) : term()}});
}

exit_reason task_failed(const exit_reason& reason, const char* function, const task_key& key,
                        duration limit) {
  return exit_reason(tuple(reason.value(), tuple(atom("task"), atom(function),
                                                 list(show_task(key), limit_term(limit)))));
}

void task_waiter::begin(process_slot& self, std::coroutine_handle<> h, const task_key& key,
                        duration limit) noexcept {
  match = &match_task;
  frame = h;
  timeout = limit.count();
  deadline = 0;
  timed_out = false;
  count = count_of(key.id);
  // What has not come yet can't be in what was fetched: that part is not looked at again.
  const bool all_to_come = is_active(self, count) && !(wants_result && key.record->answered);
  from_front = !all_to_come;
  self.scan = all_to_come ? self.queue_end : &self.queue;
  self.waiting = this;
}

exit_reason task_waiter::take_reason() noexcept {
  signal* s = std::exchange(taken, nullptr);
  disposer end(s);
  return std::move(payload_of<down_message>(*s).reason);
}

void wait_in_thread_for(task_waiter& w, const task_key& key, duration limit) {
  w.match = &match_task;
  w.timeout = limit.count();
  w.count = count_of(key.id);
  wait_in_thread(w);
}

void stop_watching(const task_key& key, bool just_taken) {
  self_access me;
  if (me->extra == nullptr || stop_active(*me, key)) return;
  const std::uint64_t count = count_of(key.id);
  signal* down = take_from(*me, just_taken ? me->scan : &me->queue,
                           [&](signal& s) { return is_down_of(s, count); });
  if (down != nullptr) down->type->dispose(down);
}

void end_wait(const task_waiter& w, const task_key& key) {
  stop_watching(key, true);
  if (!w.from_front) return;
  self_access me;
  if (me->extra != nullptr) note_passed(*me, w.passed);
}

void give_up(const task_key& key) {
  stop_watching(key, false);
  if (signal* late = find_result(key)) late->type->dispose(late);
}

signal* find_result(const task_key& key) {
  self_access me;
  return take_from(*me, &me->queue,
                   [count = count_of(key.id)](signal& s) { return is_result_of(s, count); });
}

std::optional<exit_reason> find_down(const task_key& key) {
  self_access me;
  signal* down = take_from(*me, &me->queue,
                           [count = count_of(key.id)](signal& s) { return is_down_of(s, count); });
  if (down == nullptr) return std::nullopt;
  disposer end(down);
  return std::move(payload_of<down_message>(*down).reason);
}

namespace {

void check_process(const task_key& key, const char* function) {
  if (key.process) return;
  throw argument_error(std::string(function) + ": the task " + inspect(show_task(key)) +
                       " was complete from the start: it has no process");
}

bool is_active_here(const task_key& key) {
  self_access me;
  return is_active(*me, count_of(key.id));
}

}  // namespace

task<std::optional<exit_reason>> shut_down(task_key key, duration limit, bool brutally) {
  check_process(key, "shutdown");
  unlink(key.process);
  exit(key.process, brutally ? exit_reason::kill() : exit_reason::shutdown());
  std::optional<exit_reason> reason;
  if (!is_active_here(key)) {
    reason = find_down(key);
    if (!reason) reason = exit_reason::noproc();
  } else {
    auto end = end_awaitable(key, limit);
    reason = co_await end;
    if (!reason) {
      exit(key.process, exit_reason::kill());
      auto killed = end_awaitable(key, infinity);
      reason = co_await killed;
    }
  }
  if (reason->is(brutally ? "killed" : "shutdown")) reason.reset();
  co_return reason;
}

signal* ignore_task(const task_key& key, std::optional<exit_reason>& reason) {
  check_owner(key, "ignore");
  check_process(key, "ignore");
  signal* result = find_result(key);
  if (result == nullptr) reason = find_down(key);
  if (!reason) {
    unlink(key.process);
    stop_watching(key, false);
  }
  return result;
}

task_key complete(task_signal* result, reference& id) {
  try {
    self_access me;
    id = next_reference(*me);
    result->count = count_of(id);
    me->enqueue(result);
  } catch (...) {
    result->type->dispose(result);
    throw;
  }
  return {pid{}, id, nullptr};
}

}  // namespace detail

std::vector<pid> callers() {
  detail::self_access me;
  std::vector<pid> all;
  for (detail::lineage* l = detail::callers_of(*me); l != nullptr; l = l->parents)
    all.push_back(l->process);
  return all;
}

}  // namespace beamish::inline v0
