// SPDX-License-Identifier: Apache-2.0
// tested in: async_test.cpp
#include "beamish/otp/task_process.hpp"

#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/relations.hpp"
#include "beamish/runtime/runner.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/term/conversion_result.hpp"

namespace beamish::inline v0::detail {

void refuse_empty_function(const char* user) {
  throw_argument_error(std::string(user) + ": the function is empty, so there is nothing to run");
}

void task_result_arrives(process_slot& owner, signal* s, run_state&) {
  auto* result = static_cast<task_signal*>(s);
  if (owner.extra == nullptr || !owner.extra->requests.contains(result->count))
    return s->type->dispose(s);
  if (result->record == nullptr) {
    result->record = owner.extra->monitors;
    while (count_of(result->record->id) != result->count)
      result->record = result->record->next_watched;
  }
  result->record->answered = true;
  s->type = static_cast<const task_signal_type*>(s->type)->message;
  owner.enqueue(s);
}

void send_result(const task_owner& to, task_signal* result) noexcept {
  if (!to.process) return result->type->dispose(result);
  result->count = count_of(to.id);
  result->record = to.record;
  deliver(sender(), to.process, result);
}

task_body::~task_body() { release(callers); }

lineage* callers_of_task(const process_slot& slot) noexcept {
  return static_cast<task_body*>(static_cast<coroutine_body*>(slot.body))->callers;
}

run_result run_task(process_slot& slot, run_state& run) {
  const run_result result = run_coroutine(slot, run);
  if (result != run_result::exited || run.dying) return result;
  auto& body = *static_cast<task_body*>(static_cast<coroutine_body*>(slot.body));
  if (body.finish == nullptr || !body.owner.process) return result;
  try {
    body.finish(body);
  } catch (...) {
    run.fail(slot, exit_reason::from_exception(std::current_exception()));
  }
  return result;
}

namespace {

bool wants_result(bond how) noexcept { return how == bond::task || how == bond::element; }

// The current process is the owner, whose record of the task is the newest.
task_owner owner_now(const reference& id) {
  self_access me;
  return {pid_of(*me), id, find_monitor(*me, id)};
}

}  // namespace

task_key start_on_worker(task_body* body, const body_type& type, bond how,
                         void (*drop)(task_body*) noexcept) {
  task_key key;
  process_slot* slot = nullptr;
  try {
    {
      self_access me;
      body->callers = callers_for_tasks(*me);
    }
    slot = &prepare_spawn(current_node(), type, how, key.id);
  } catch (...) {
    drop(body);
    throw;
  }
  if (wants_result(how)) {
    body->owner = owner_now(key.id);
    key.record = body->owner.record;
  }
  slot->body = static_cast<coroutine_body*>(body);
  key.process = finish_spawn(*slot);
  return key;
}

task_thread::~task_thread() { release(callers); }

void task_thread::begin() {
  if (waits) {
    const auto go = receive_blocking<task_go>();
    owner.process = go.owner;
    id = go.id;
  }
  owner.id = id;
  self_access me;
  extra_of(*me).callers = std::exchange(callers, nullptr);
}

task_key start_on_thread(std::unique_ptr<task_thread> function, const body_type& type, bond how) {
  task_key key;
  {
    self_access me;
    function->callers = callers_for_tasks(*me);
    if (wants_result(how)) function->owner.process = pid_of(*me);
  }
  std::unique_ptr<thread_function> f = std::move(function);
  key.process = spawn_thread_with(f, type, how, key.id, pid{});
  if (wants_result(how)) key.record = owner_now(key.id).record;
  return key;
}

}  // namespace beamish::inline v0::detail
