// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/request.hpp"

#include <algorithm>

#include "beamish/runtime/mailbox_room.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/runner.hpp"
#include "beamish/runtime/scheduler.hpp"
#include "beamish/runtime/spawn.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0::detail {

namespace {

// Shorter timeouts need the caller to be free to notice them.
constexpr std::int64_t min_inline_timeout = 100'000'000;

// Replies never enter the queue.
bool match_reply(waiter& w, signal& s) {
  if (s.type != &wait_question_type) return false;
  const pid to = static_cast<call_waiter&>(w).to;
  return tell_wait(s, to ? "a reply of " + inspect(to) : "a server to start");
}

void return_to_outside(outside_call* call, request_base* node) noexcept {
  call->node = node;
  std::uint32_t waiting = 0;
  if (call->state.compare_exchange_strong(waiting, 1, std::memory_order_acq_rel)) {
    if (call->notify != nullptr)
      call->notify(call);
    else
      std_atomics::futex_wake(call->state, 1);
  } else {
    node->type->dispose(node);
  }
  release(call);
}

// True if the caller's deadline has passed while the callee ran on its worker. The clock is read
// only if the monitor's coarse clock says that much time may have gone by.
bool too_late(process_slot& caller, const call_waiter& w, std::int64_t coarse_before) noexcept {
  if (w.timeout < 0) return false;
  node_core& node = *caller.node;
  if (node.outside != nullptr) return node.now() - coarse_before > w.timeout;
  const std::int64_t coarse_now = node.workers->coarse_now();
  return coarse_now - coarse_before > w.timeout && node.now() - coarse_before > w.timeout;
}

bool may_inline(const context& here, process_slot& caller, const process_slot& callee, pid to,
                const call_waiter& w) noexcept {
  if (here.inline_depth >= max_inline_depth || here.budget <= 0 || to.node != caller.node->index)
    return false;
  if (here.as_worker == nullptr && caller.node->outside == nullptr) return false;
  if (w.timeout >= 0 && w.timeout < min_inline_timeout) return false;
  if (callee.has(slot_flag::no_inline)) return false;
  return caller.node->outside == nullptr || caller.node->outside->choose_inline(pid_of(caller), to);
}

// Makes the current worker the runner of a server that waits, and gives it the request.
bool hand_over(process_slot& callee, pid to, request_base* node) noexcept {
  if (!claim_process(callee, to)) return false;
  const bool takes_it = callee.type->is_server && (!callee.has(slot_flag::bounded) ||
                                                   admit(node->from, to, *node) == admission::in);
  if (!takes_it) {
    end_claim(callee);
    return false;
  }
  node->to_serial = to.serial;
  node->to_node = static_cast<std::uint16_t>(to.node);
  callee.enqueue(node);
  return true;
}

// Runs a process on the worker of `w`'s owner, which waits for the answer.
void run_within(context& here, process_slot& callee, call_waiter& w) noexcept {
  signal* const outer_call = std::exchange(here.inline_call, w.node);
  const bool outer_answered = std::exchange(here.inline_answered, false);
  ++here.inline_depth;
  run_slot(here, callee);
  --here.inline_depth;
  w.returned = std::exchange(here.inline_answered, outer_answered);
  here.inline_call = outer_call;
}

// True if the callee ran on this worker and the answer is there.
bool run_inline(context& here, process_slot& caller, pid to, call_waiter& w) noexcept {
  process_slot* callee = caller.node->find(to.id);
  if (callee == nullptr || !may_inline(here, caller, *callee, to, w) ||
      !hand_over(*callee, to, w.node))
    return false;
  caller.waiting = &w;
  run_within(here, *callee, w);
  caller.waiting = nullptr;
  return true;
}

// The earlier of the call's own deadline and the one that its caller serves. The call has no more
// time than that. False if none is left.
bool take_deadline(process_slot& caller, call_waiter& w) noexcept {
  const std::int64_t now = caller.node->now();
  const std::int64_t own = w.timeout < 0 ? timer_service::never : deadline_after(now, w.timeout);
  std::int64_t deadline = w.passes_on ? own : timer_service::never;
  if (caller.has(slot_flag::has_deadline) && caller.extra->deadline < deadline)
    deadline = caller.extra->deadline;
  if (deadline == timer_service::never) return true;
  set_deadline(*w.node, deadline);
  if (deadline < own) {
    w.by_deadline = true;
    w.timeout = std::max<std::int64_t>(deadline - now, 0);
  }
  return deadline > now;
}

}  // namespace

void send_back(request_base* node) noexcept {
  if (node->outside != nullptr) return return_to_outside(node->outside, node);
  context* here = current_context();
  if (here != nullptr && here->inline_call == node) {
    here->inline_answered = true;
    return;
  }
  const pid from = here != nullptr && here->current != nullptr ? pid_of(*here->current) : pid{};
  deliver_from(here, from, node->from, node);
}

void fail_request(request_base* node, const exit_reason& reason) noexcept {
  node->failure = reason;
  node->progress = request_progress::failed;
  node->type = static_cast<const request_type*>(node->type)->answer;
  send_back(node);
}

void lose_answer(request_base* node, const exit_reason& reason) noexcept {
  if (node->progress == request_progress::answered) node->progress = request_progress::lost;
  node->failure = reason;
}

void request_dropped(signal* s) noexcept {
  context* here = current_context();
  auto* node = static_cast<request_base*>(s);
  if (here != nullptr && here->dying != nullptr) return fail_request(node, *here->dying);
  fail_request(node, exit_reason(atom("no_reply")));
}

void request_undeliverable(signal* s, const gone& g) noexcept {
  fail_request(static_cast<request_base*>(s), g.reason);
}

const call_waiter* reply_wait_of(const process_slot& slot) noexcept {
  if (slot.waiting == nullptr || slot.waiting->match != &match_reply) return nullptr;
  return static_cast<const call_waiter*>(slot.waiting);
}

pid awaited_by(const process_slot& slot) noexcept {
  const call_waiter* w = reply_wait_of(slot);
  return w == nullptr ? pid{} : w->to;
}

bool begin_call(process_slot& caller, pid to, call_waiter& w) noexcept {
  context& here = *current_context();
  w.match = &match_reply;
  w.node->from = pid_of(caller);
  if ((w.passes_on || caller.has(slot_flag::has_deadline)) && !take_deadline(caller, w))
      [[unlikely]] {
    discard_request(std::exchange(w.node, nullptr));
    w.timed_out = true;
    return true;
  }
  const std::int64_t coarse_before =
      caller.node->outside != nullptr ? caller.node->now() : caller.node->workers->coarse_now();
  --here.budget;
  if (run_inline(here, caller, to, w)) {
    if (!w.returned) {
      // The server took the question and will answer later, or waits inside its callback.
    } else if (too_late(caller, w, coarse_before)) {
      w.node->type->dispose(std::exchange(w.node, nullptr));
      w.returned = false;
      w.timed_out = w.answered_late = true;
      return true;
    } else {
      return true;
    }
  } else {
    post(&here, w.node->from, to, w.node, true);
  }
  w.to = to;
  wait_for_reply(caller, w);
  if (caller.type->waits_in_call != nullptr && to.node == caller.node->index)
    caller.type->waits_in_call(caller, w);
  return false;
}

bool begin_within(process_slot& maker, process_slot& fresh, call_waiter& w) noexcept {
  context& here = *current_context();
  if (!may_inline(here, maker, fresh, pid_of(fresh), w)) return false;
  --here.budget;
  tell_spawn(fresh);
  run_within(here, fresh, w);
  return true;
}

void wait_for_reply(process_slot& caller, call_waiter& w) noexcept {
  w.match = &match_reply;
  // The reply can't be older than what has been fetched already: do not scan it again.
  caller.scan = caller.queue_end;
  caller.waiting = &w;
}

void accept_reply(process_slot& slot, signal* s) noexcept {
  auto* node = static_cast<request_base*>(s);
  if (node->count != 0 && slot.extra != nullptr) {
    auto& pending = slot.extra->requests;
    if (pending.erase(node->count) != 0) return slot.enqueue(s);
    return s->type->dispose(s);
  }
  waiter* w = slot.waiting;
  if (w != nullptr && w->match == &match_reply && static_cast<call_waiter*>(w)->node == node) {
    static_cast<call_waiter*>(w)->returned = true;
    slot.end_call();
    w->match = nullptr;
    return;
  }
  s->type->dispose(s);
}

void release(outside_call* call) noexcept {
  if (call->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete call;
}

outside_call* begin_outside_call(request_base* node) {
  auto* call = new outside_call;
  node->outside = call;
  return call;
}

bool end_outside_call(outside_call* call, std::int64_t timeout, bool (*interrupted)(void*),
                      void* state) {
  const context* here = current_context();
  if (here != nullptr && here->current == nullptr && here->node != nullptr &&
      here->node->outside != nullptr) {
    here->node->outside->outsider_waits(call->state, timeout);
    timeout = 0;  // it has passed, or the answer is there
  }
  const std::int64_t deadline = timeout < 0 ? 0 : real_now() + timeout;
  bool returned = false;
  for (;;) {
    if (call->state.load(std::memory_order_acquire) == 1) {
      returned = true;
      break;
    }
    const std::int64_t left = timeout < 0 ? -1 : std::max<std::int64_t>(0, deadline - real_now());
    if (left == 0 || (interrupted != nullptr && interrupted(state))) {
      std::uint32_t waiting = 0;
      returned = !call->state.compare_exchange_strong(waiting, 2, std::memory_order_acq_rel);
      break;
    }
    // An interruption is looked for every 10 ms; the answer itself wakes at once.
    std::int64_t nap = left;
    if (interrupted != nullptr && (nap < 0 || nap > 10'000'000)) nap = 10'000'000;
    std_atomics::futex_wait(call->state, 0, nap);
  }
  release(call);
  return returned;
}

}  // namespace beamish::inline v0::detail
