// SPDX-License-Identifier: Apache-2.0
// tested in: receive_test.cpp
#include "beamish/runtime/wait.hpp"

#include "beamish/runtime/crash_report.hpp"
#include "beamish/runtime/memory_access.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/scheduler.hpp"

namespace beamish::inline v0::detail {

namespace {

void drop_timeout(signal* s) noexcept { pool_delete(static_cast<wait_timer*>(s)); }

void arm_wait_timer(process_slot& slot, timer_record* record, std::int64_t deadline) {
  slot.extra->wait_timer_deadline = deadline;
  if (slot.node->timers.arm(record, deadline)) timer_is_earlier(*slot.node);
}

void timeout_arrives(process_slot& slot, signal*, run_state&) {
  slot.extra->wait_timer_deadline = 0;
  if (slot.waiting == nullptr || slot.waiting->match == nullptr) return;
  auto& w = static_cast<signal_waiter&>(*slot.waiting);
  // It was armed for an earlier wait: before this one goes on, before_wait arms it anew.
  if (w.deadline == 0 || slot.node->now() < w.deadline) return;
  w.timed_out = true;
  w.match = nullptr;
}

void keep_question(signal*) noexcept {}

constexpr signal_type timeout_type{
    signal_kind::control, &drop_timeout, nullptr, &timeout_arrives, nullptr, 0, "timeout"};

void ensure_wait_timer(process_slot& slot, std::int64_t deadline) {
  process_extra& extra = extra_of(slot);
  if (extra.wait_timer == nullptr) {
    extra.wait_timer = pool_new<wait_timer>(timeout_type);
    extra.wait_timer->target = pid_of(slot);
    extra.wait_timer->owner = slot.id;
    extra.wait_timer->owner_serial = extra.wait_timer->target.serial;
  } else if (extra.wait_timer_deadline != 0) {
    if (extra.wait_timer_deadline <= deadline) return;
    // If it can't be cancelled it is on its way, and will be armed again when it has arrived.
    if (!slot.node->timers.cancel(extra.wait_timer)) return;
  }
  arm_wait_timer(slot, extra.wait_timer, deadline);
}

}  // namespace

wait_state before_wait(process_slot& slot, signal_waiter& w) noexcept {
  if (w.timeout < 0 || (w.deadline != 0 && slot.extra->wait_timer_deadline != 0 &&
                        slot.extra->wait_timer_deadline <= w.deadline)) {
    return wait_state::waits;
  }
  try {
    if (w.timeout > 0) {
      const std::int64_t now = slot.node->now();
      if (w.deadline == 0) w.deadline = deadline_after(now, w.timeout);
      if (now < w.deadline) {
        ensure_wait_timer(slot, w.deadline);
        return wait_state::waits;
      }
    }
  } catch (const std::bad_alloc&) {
    // Without memory for a timer the process would wait for ever.
  }
  w.timed_out = true;
  w.match = nullptr;
  return wait_state::over;
}

bool end_by_swallowed_exit(process_slot& slot, run_state& run) noexcept {
  run.here.swallowed_by = nullptr;
  report_swallowed_exit(slot, run.here.swallowed);
  run.die(run.here.swallowed);
  return true;
}

constinit const signal_type wait_question_type{
    signal_kind::control, &keep_question, nullptr, nullptr, nullptr, 0};

wait_question::wait_question() noexcept : signal(wait_question_type) {}

bool tell_wait(signal& s, std::initializer_list<std::string_view> any_of) {
  if (s.type != &wait_question_type) return false;
  std::string& text = static_cast<wait_question&>(s).text;
  for (const std::string_view one : any_of) {
    if (!text.empty()) text += " or ";
    text += one;
  }
  return false;
}

std::string what_it_waits_for(process_slot& slot) {
  if (slot.has(slot_flag::thread_body)) return "its thread";
  waiter* w = slot.waiting;
  if (w == nullptr) return slot.type->is_server ? "messages" : "";
  if (w->match == nullptr) return {};
  wait_question question;
  w->match(*w, question);
  return std::move(question.text);
}

}  // namespace beamish::inline v0::detail
