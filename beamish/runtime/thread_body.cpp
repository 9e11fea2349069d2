// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/thread_body.hpp"

#include <unistd.h>

#include <thread>
#include <utility>

#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/relations.hpp"
#include "beamish/runtime/request.hpp"
#include "beamish/runtime/runner.hpp"
#include "beamish/runtime/scheduler.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/runtime/thread_state.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0 {

namespace detail {

void lock_thread(thread_state& t) {
  t.mutex.lock();
  if (t.process_gone) {
    t.mutex.unlock();
    throw exited(t.end_reason);
  }
}
void unlock_thread(thread_state& t) noexcept { t.mutex.unlock(); }
pid pid_of_thread(const thread_state& t) noexcept { return t.self; }

namespace {

void release(thread_state* t) noexcept {
  if (t->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete t;
}

void enter_threads(thread_state& t) noexcept {
  std::lock_guard lock(t.node->threads_mutex);
  t.next = t.node->all_threads;
  if (t.next != nullptr) t.next->previous = &t;
  t.node->all_threads = &t;
}

void leave_threads(thread_state& t) noexcept {
  std::lock_guard lock(t.node->threads_mutex);
  if (t.next != nullptr) t.next->previous = t.previous;
  (t.previous != nullptr ? t.previous->next : t.node->all_threads) = t.next;
}

// For people: #PID<1.7.0> ("indexer", :nightly) index_all
std::string description_of(const process_slot& slot) {
  const pid self = pid_of(slot);
  const std::string name = slot.node->names.name_of(self);
  const term label = slot.extra != nullptr ? slot.extra->label : term();
  std::string called = name.empty() ? "" : '"' + name + '"';
  if (!(label == term())) called += (called.empty() ? "" : ", ") + inspect(label);
  return inspect(term(self)) + (called.empty() ? "" : " (" + called + ")") + " " +
         initial_call_of(slot);
}

}  // namespace

std::vector<std::string> describe_threads(node_core& node) {
  std::vector<std::string> all;
  std::lock_guard lock(node.threads_mutex);
  for (thread_state* t = node.all_threads; t != nullptr; t = t->next) {
    std::lock_guard one(t->mutex);
    all.push_back(t->called.empty() ? inspect(term(t->self)) : t->called);
  }
  return all;
}

// The process side: a worker handles the signals, the messages wait in the slot's queue.
run_result run_thread_process(process_slot& slot, run_state& run) {
  auto* t = static_cast<thread_state*>(slot.body);
  // Once the slot waits, another worker may run it to its end while this one still lets go.
  t->references.fetch_add(1, std::memory_order_relaxed);
  std::unique_lock lock(t->mutex);
  for (;;) {
    fetch(slot, run);
    if (run.dying) {
      t->process_gone = true;
      t->end_reason = run.reason;
      t->stop.store(true, std::memory_order_release);
      break;
    }
    t->changes.fetch_add(1, std::memory_order_relaxed);
    if (slot.box.wait()) break;
  }
  lock.unlock();
  t->wake();
  release(t);
  return run.dying ? run_result::exited : run_result::parked;
}

const void* code_of_thread(const process_slot& slot) {
  return static_cast<const thread_state*>(slot.body)->code;
}

void destroy_thread_process(process_slot& slot) noexcept {
  auto* t = static_cast<thread_state*>(slot.body);
  try {
    std::string called = description_of(slot);
    std::lock_guard lock(t->mutex);
    t->called = std::move(called);
  } catch (...) {
    // Then its pid alone is known.
  }
  release(t);
}

namespace {

// The function has returned: its process ends with that reason.
struct thread_finished : signal {
  using signal::signal;
  exit_reason reason;
};
void thread_end_arrives(process_slot&, signal* s, run_state& run) {
  auto* f = static_cast<thread_finished*>(s);
  if (!run.dying) {
    run.dying = true;
    run.reason = f->reason;
  }
  pool_delete(f);
}
constexpr signal_type thread_finished_type{
    signal_kind::control,
    [](signal* s) noexcept { pool_delete(static_cast<thread_finished*>(s)); },
    nullptr,
    &thread_end_arrives,
    nullptr,
    0,
    "thread returned"};

void run_function(thread_state& t, thread_finished& result) noexcept {
  context here(the_program().depot);
  here.node = t.node;
  here.current = t.slot;
  here.as_thread = &t;
  set_current_context(&here);
  t.kernel_id = ::gettid();
  try {
    if (t.world != nullptr) t.world->thread_waits(t);
    t.function->run();
  } catch (...) {
    result.reason = exit_reason::from_exception(std::current_exception());
  }
  try {
    t.function.reset();
  } catch (...) {
  }
  here.current = nullptr;
  // Whoever hears of the end below finds a place for another thread.
  t.node->thread_places.fetch_sub(1, std::memory_order_seq_cst);
  deliver(t.self, t.self, &result);
  if (t.returned_to) {
    try {
      deliver(t.self, t.returned_to,
              make_node<thread_returned>(plain_type<thread_returned>, t.self));
    } catch (const std::bad_alloc&) {
      // Whoever counts threads learns it from the node's statistics.
    }
  }
  set_current_context(nullptr);
}

void thread_main(thread_state* t, thread_finished* result) noexcept {
  node_core& node = *t->node;
  run_function(*t, *result);
  if (t->world != nullptr) t->world->thread_ended(*t);
  leave_threads(*t);
  release(t);
  node.threads.fetch_sub(1, std::memory_order_seq_cst);
  node.emptied.notify_all();
}

void begin_thread(thread_state& t, thread_finished* result) {
  enter_threads(t);
  try {
    if (t.world == nullptr) return std::thread(thread_main, &t, result).detach();
    t.result = result;
    t.main = [](thread_state* s) { thread_main(s, static_cast<thread_finished*>(s->result)); };
    t.world->start_thread(t);
  } catch (...) {
    leave_threads(t);
    throw;
  }
}

}  // namespace

void thread_state::wake() noexcept {
  changes.fetch_add(1, std::memory_order_release);
  if (world != nullptr) return world->wake_thread(*this);
  std_atomics::futex_wake(changes, 1);
}

void thread_state::sleep(std::uint32_t seen, std::int64_t timeout) noexcept {
  if (world != nullptr) return world->thread_waits(*this);
  std_atomics::futex_wait(changes, seen, timeout);
}

pid spawn_thread_with(std::unique_ptr<thread_function>& f, const body_type& type, bond how,
                      reference& id, pid returned_to) {
  node_core& node = current_node();
  if (node.thread_places.fetch_add(1, std::memory_order_seq_cst) >= node.max_threads) {
    node.thread_places.fetch_sub(1, std::memory_order_seq_cst);
    throw exited(exit_reason(tuple(atom("system_limit"), atom("threads"))));
  }
  node.threads.fetch_add(1, std::memory_order_seq_cst);
  std::unique_ptr<thread_state> state;
  process_slot* slot = nullptr;
  thread_finished* result = nullptr;
  try {
    state = std::make_unique<thread_state>();
    result = pool_new<thread_finished>(thread_finished_type);
    slot = &prepare_spawn(node, type, how, id);
    slot->set(slot_flag::thread_body);
    state->node = &node;
    state->slot = slot;
    state->self = pid_of(*slot);
    state->code = f->code;
    f->id = id;
    state->function = std::move(f);
    state->world = node.outside;
    state->returned_to = returned_to;
    slot->body = state.get();
    begin_thread(*state, result);
    state.release();
  } catch (...) {
    if (state != nullptr && state->function != nullptr) f = std::move(state->function);
    if (slot != nullptr) abandon_process(*slot);
    if (result != nullptr) pool_delete(result);
    node.threads.fetch_sub(1, std::memory_order_seq_cst);
    node.thread_places.fetch_sub(1, std::memory_order_seq_cst);
    throw;
  }
  return finish_spawn(*slot);
}

bool wait_for_reply_in_thread(thread_state& t, call_waiter& w) {
  for (;;) {
    const std::uint32_t seen = t.changes.load(std::memory_order_acquire);
    const std::int64_t left = w.timeout < 0 ? -1 : w.deadline - t.node->now();
    {
      // Throws if the process is gone; then nobody looks at `w` any more.
      self_access me;
      if (w.returned || (w.timeout >= 0 && left <= 0)) {
        me->waiting = nullptr;
        return w.returned;
      }
    }
    t.wait_deadline = w.deadline;
    t.sleep(seen, left);
  }
}

bool wait_in_thread(signal_waiter& w) {
  context* here = current_context();
  if (here == nullptr || here->as_thread == nullptr) {
    throw std::logic_error(
        "receive_blocking and sleep_blocking work in thread bodies only (spawn_thread): elsewhere "
        "use "
        "co_await receive<...>() and co_await sleep(...)");
  }
  thread_state& t = *here->as_thread;
  if (w.timeout > 0) w.deadline = deadline_after(t.node->now(), w.timeout);
  bool first = true;
  for (;;) {
    const std::uint32_t seen = t.changes.load(std::memory_order_acquire);
    {
      self_access me;  // throws if killed
      if (first) me->scan = &me->queue;
      first = false;
      if (next_match(*me, w) != nullptr) return true;
    }
    std::int64_t left = -1;
    if (w.timeout >= 0) {
      left = w.timeout == 0 ? 0 : w.deadline - t.node->now();
      if (left <= 0) return false;
    }
    t.wait_deadline = w.timeout < 0 ? timer_service::never : w.deadline;
    t.sleep(seen, left);
  }
}

}  // namespace detail

bool stop_requested() noexcept {
  detail::context* here = detail::current_context();
  return here != nullptr && here->as_thread != nullptr &&
         here->as_thread->stop.load(std::memory_order_acquire);
}

void sleep_blocking(duration d) {
  detail::signal_waiter w;
  w.timeout = d.count() < 0 ? 0 : d.count();
  w.match = [](detail::waiter&, detail::signal&) { return false; };
  detail::wait_in_thread(w);
}

}  // namespace beamish::inline v0
