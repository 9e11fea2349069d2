// SPDX-License-Identifier: Apache-2.0
//
// A server process between its messages: what it does with each, and how it ends.
// tested in: gen_server_test.cpp
#include "beamish/otp/server_box.hpp"

#include <exception>

#include "beamish/otp/server_debug.hpp"
#include "beamish/otp/server_report.hpp"
#include "beamish/runtime/crash_report.hpp"
#include "beamish/runtime/log.hpp"
#include "beamish/runtime/mailbox_room.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/runner.hpp"
#include "beamish/runtime/scheduler.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0::detail {

namespace {

bool match_anything(waiter&, signal& s) {
  return s.type != &wait_question_type || tell_wait(s, "messages");
}

std::string describe(const signal& s) {
  const message_type* type = s.type->message;
  if (type != nullptr && type->to_term == nullptr) return std::string(type->name);
  return inspect(shown_message(s));
}

// A callback has thrown: terminate runs with that reason, then the process ends with it.
void callback_failed(server_box& box) noexcept {
  const std::exception_ptr failure = std::current_exception();
  exit_reason reason = exit_reason::from_exception(failure);
  if (box.phase == server_phase::starting) {
    finish_start(box, start_answer{start_answer::kind::error, pid{}, reason});
    return box.run->die_of(std::move(reason));
  }
  // As any other exit signal, one's own leaves no time for terminate.
  if (box.slot().has(slot_flag::ends_itself)) return box.run->die(reason);
  remember_for_report(box, reason);
  if (box.phase == server_phase::terminating)
    box.run->die_of(std::move(reason));
  else
    box.begin_stop(std::move(reason));
}

// Runs `step`, which calls user code. `coroutine`: that code has run before and ends now.
template <class Step>
void guarded(server_box& box, Step step, const running_callback* coroutine = nullptr) noexcept {
  const bool may_have_trail = coroutine != nullptr && coroutine->root->error != nullptr;
  try {
    step();
  } catch (...) {
    if (!may_have_trail) forget_trail();
    callback_failed(box);
  }
  swallowed_exit(box.slot(), *box.run);
}

// While it lives the server is inside of a callback, for those who look from outside.
class inside_callback {
 public:
  inside_callback(server_box& box, callback_kind kind, const message_type* message) noexcept
      : inside_callback(box, kind, message, time_of(*box.slot().node)) {}
  inside_callback(server_box& box, callback_kind kind, const message_type* message,
                  std::int64_t began) noexcept
      : note_(box.run->here.inside[box.run->here.inline_depth]) {
    note_.message.store(message, std::memory_order_relaxed);
    note_.began.store((began & ~7) | static_cast<std::int64_t>(kind), std::memory_order_relaxed);
    note_.slot.store(&box.slot(), std::memory_order_release);
  }
  inside_callback(const inside_callback&) = delete;
  inside_callback& operator=(const inside_callback&) = delete;
  ~inside_callback() { note_.slot.store(nullptr, std::memory_order_relaxed); }

 private:
  // No clock is read for it: the monitor's will do.
  static std::int64_t time_of(node_core& node) noexcept {
    return node.outside != nullptr ? node.outside->now() : node.workers->coarse_now();
  }
  callback_note& note_;
};

// A simulated world may let any callback fail.
void enter_callback(server_box& box) {
  const process_slot& slot = box.slot();
  if (slot.node->outside != nullptr) [[unlikely]]
    slot.node->outside->before_callback(pid_of(slot));
}

callback_kind kind_of(const signal& s) noexcept {
  if (s.type->kind == signal_kind::call) return callback_kind::call;
  return s.type->kind == signal_kind::cast ? callback_kind::cast : callback_kind::info;
}

void end_current(server_box& box) noexcept {
  if (signal* done = std::exchange(box.current, nullptr)) done->type->dispose(done);
  for (signal* s = std::exchange(box.orphans, nullptr); s != nullptr;) {
    signal* next = std::exchange(s->next, nullptr);
    s->type->dispose(s);
    s = next;
  }
}

void unknown_message(server_box& box, signal& s) {
  const std::string what = describe(s);
  if (s.type->kind == signal_kind::call) {
    auto* request = static_cast<request_base*>(std::exchange(box.current, nullptr));
    const exit_reason reason(tuple(atom("bad_call"), atom(s.type->message->name)));
    if (box.type().ends_on_unknown_call) {
      box.current = request;
      return box.begin_stop(reason);
    }
    return fail_request(request, reason);
  }
  const char* kind = s.type->kind == signal_kind::cast ? "handle_cast" : "handle_info";
  write_log(
      *box.slot().node,
      {log_level::error, pid_of(box.slot()),
       std::string(box.type().initial_call) + " " + inspect(term(pid_of(box.slot()))) +
           " received a message for which it has no " + kind + " clause, and ignores it: " + what});
}

// The request has a deadline, which holds until its callback is through. False if it has passed:
// the caller has gone, and the request is over.
bool begin_deadline(server_box& box, signal* s) noexcept {
  auto* request = static_cast<request_base*>(s);
  process_slot& slot = box.slot();
  try {
    process_extra& extra = extra_of(slot);
    extra.deadline = deadline_of(*s);
    if (extra.deadline > slot.node->now()) {
      slot.set(slot_flag::has_deadline);
      return true;
    }
    ++extra.expired_requests;
    fail_request(request, exit_reason(atom("timeout")));
  } catch (const std::bad_alloc&) {
    fail_request(request, exit_reason(atom("system_limit")));
  }
  return false;
}

void end_deadline(process_slot& slot) noexcept {
  if (slot.has(slot_flag::has_deadline)) [[unlikely]]
    slot.clear(slot_flag::has_deadline);
}

void handle(server_box& box, signal* s) noexcept {
  if ((s->flags & signal_with_deadline) != 0 && !begin_deadline(box, s)) [[unlikely]]
    return;
  box.current = s;
  const inside_callback inside(box, kind_of(*s), s->type->message);
  guarded(box, [&] {
    enter_callback(box);
    if (!box.type().dispatch(box, *s)) unknown_message(box, *s);
  });
  if (box.callback != nullptr) return;
  end_deadline(box.slot());
  if (!box.stopping) end_current(box);
}

// The server waits for a message with a clock: its callback's timeout, or hibernate_after.
bool is_idle(const process_slot& slot) noexcept {
  return slot.waiting != nullptr && slot.extra != nullptr && slot.waiting == &slot.extra->idle;
}

void handle_system(server_box& box, process_slot& slot, signal* s) noexcept {
  // The clock of an idle server begins anew after a system message, as in OTP.
  if (is_idle(slot)) slot.waiting = nullptr;
  slot.clear(slot_flag::hibernating);
  guarded(box, [&] { handle_system_message(box, *s); });
  s->type->dispose(s);
}

void handle_continue(server_box& box) noexcept {
  const auto run = box.next.run();
  box.current = box.next.release();
  if ((box.halts & halt::debugged) != 0) note_continue(box, *box.current);
  const inside_callback inside(box, callback_kind::proceed, box.current->type->message);
  guarded(box, [&] {
    enter_callback(box);
    run(box, *box.current);
  });
  if (box.callback == nullptr && !box.stopping) end_current(box);
}

void handle_timeout(server_box& box) noexcept {
  if ((box.halts & halt::debugged) != 0) note_timeout(box);
  const inside_callback inside(box, callback_kind::timeout, nullptr);
  guarded(box, [&] {
    enter_callback(box);
    if (!box.type().handle_timeout(box)) {
      write_log(*box.slot().node, {log_level::error, pid_of(box.slot()),
                                   std::string(box.type().initial_call) +
                                       " has no handle_info clause for timeout_message"});
    }
  });
}

void leave_idle(server_box& box, process_slot& slot) noexcept {
  if (is_idle(slot)) slot.waiting = nullptr;
  box.timeout = for_ever;
  box.hibernates = false;
  if (slot.has(slot_flag::hibernating)) slot.clear(slot_flag::hibernating);
}

void time_is_over(server_box& box, process_slot& slot) noexcept {
  if (box.clock_is_hibernation) {
    slot.waiting = nullptr;
    box.hibernates = true;
    return;
  }
  leave_idle(box, slot);
  handle_timeout(box);
}

// The clock that an idle server waits for; for_ever if there is none.
std::int64_t idle_time(server_box& box, process_slot& slot) noexcept {
  box.clock_is_hibernation = box.timeout < 0 && box.may_hibernate && !box.hibernates;
  return box.clock_is_hibernation ? slot.extra->hibernate_after : box.timeout;
}

// False without memory for the clock.
bool set_clock(process_slot& slot, std::int64_t time) noexcept {
  try {
    signal_waiter& idle = extra_of(slot).idle;
    idle.match = &match_anything;
    idle.timeout = time;
    idle.deadline = 0;
    idle.timed_out = false;
    slot.waiting = &idle;
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

// Nothing to do: waits for a message, for the callback's timeout, or for the time to hibernate.
// True if the server must go on at once.
bool idle(server_box& box, process_slot& slot) noexcept {
  if (slot.waiting == nullptr) {
    const std::int64_t time = idle_time(box, slot);
    // Without memory the time is over at once: a server that waits for ever would be worse.
    if (time >= 0 && !set_clock(slot, time)) return time_is_over(box, slot), true;
    if (box.hibernates) slot.set(slot_flag::hibernating);
  }
  return slot.waiting != nullptr && before_wait(slot, slot.extra->idle) == wait_state::over;
}

// A suspended server looks at nothing but system messages, wherever they stand in the queue;
// `scan` marks how far it has looked. True if there was one.
bool suspended_step(server_box& box, process_slot& slot) noexcept {
  for (; *slot.scan != nullptr; slot.scan = &(*slot.scan)->next) {
    if (!is_system_message(box, **slot.scan)) continue;
    handle_system(box, slot, slot.unlink(slot.scan));
    return true;
  }
  return false;
}

// True if a person has to look at the oldest message before it is handled.
bool pried_step(server_box& box, process_slot& slot) noexcept {
  if ((box.halts & halt::passes) != 0) {
    box.end_halt(halt::passes);
    return false;
  }
  if ((box.halts & halt::pried) == 0) return false;
  if (is_idle(slot)) slot.waiting = nullptr;
  slot.clear(slot_flag::hibernating);
  begin_pry(box);
  return true;
}

// Before the oldest message is handled: true if it has to wait.
bool halted_step(server_box& box, process_slot& slot) noexcept {
  if (slot.queue == nullptr || is_system_message(box, *slot.queue)) return false;
  if (pried_step(box, slot)) return true;
  if ((box.halts & halt::debugged) != 0) note_message(box, *slot.queue);
  return false;
}

// Handles the oldest message.
void take_message(server_box& box, process_slot& slot) noexcept {
  slot.scan = &slot.queue;
  signal* s = slot.unlink(&slot.queue);
  leave_if_counted(pid_of(slot), *s);
  if (s->type->kind == signal_kind::message && is_system_message(box, *s))
    return handle_system(box, slot, s);
  leave_idle(box, slot);
  handle(box, s);
}

// The coroutine callback is through.
void finish_callback(server_box& box) noexcept {
  running_callback* done = std::exchange(box.callback, nullptr);
  end_deadline(box.slot());
  const bool was_terminating = box.phase == server_phase::terminating;
  if (was_terminating) box.run->reason = done->stopping_with;
  guarded(box, [&] { done->finish(box, done); }, done);
  if (box.callback == nullptr) box.start.reset();
  // A caller whose message it was hears the reason from the end itself.
  if (was_terminating)
    box.run->dying = true;
  else if (box.callback == nullptr && !box.stopping)
    end_current(box);
}

// True if the box has something to do before it looks for a message.
bool internal_step(server_box& box) noexcept {
  if (box.phase == server_phase::starting) {
    const inside_callback inside(box, callback_kind::init, nullptr);
    guarded(box, [&] {
      if (!begin_start(box)) return;
      enter_callback(box);
      box.start->init(box);
    });
    if (box.callback == nullptr) box.start.reset();
    return true;
  }
  if (box.stopping) {
    run_terminate(box);
    return true;
  }
  if (box.next) {
    handle_continue(box);
    return true;
  }
  return false;
}

}  // namespace

term shown_message(const signal& s) {
  // The payload of a reply is the answer, whose type only its request knows.
  if (s.type->message == nullptr || s.type->kind == signal_kind::reply) return opaque("a response");
  if (s.type->message->to_term == nullptr) return opaque(s.type->message->name);
  return s.type->message->to_term(s.payload());
}

void server_box::await(running_callback* c) noexcept {
  const callback_note& note = run->here.inside[run->here.inline_depth];
  if (note.slot.load(std::memory_order_relaxed) == &slot()) {
    c->message = note.message.load(std::memory_order_relaxed);
    const std::int64_t began = note.began.load(std::memory_order_relaxed);
    c->kind = static_cast<callback_kind>(began & 7);
    c->began = began & ~7;
  } else {
    c->kind = callback_kind::pry;
    c->began = slot().node->now();
  }
  callback = c;
  c->root->self = &slot();
  slot().waiting = c->root;
}

void server_box::begin_stop(exit_reason reason) {
  stopping = true;
  run->reason = std::move(reason);
}

void server_box::apply(next_step&& step) {
  if (phase == server_phase::terminating) return;
  if (step.stop_reason) return begin_stop(std::move(*step.stop_reason));
  timeout = step.timeout_ns;
  hibernates = step.hibernates;
  next = std::move(step.next);
}

void server_box::apply_init(init_kind what, exit_reason reason, next_step&& step) {
  if (what == init_kind::ok) {
    phase = server_phase::running;
    finish_start(*this, start_answer{start_answer::kind::ok, pid_of(slot()), exit_reason()});
    return apply(std::move(step));
  }
  const auto kind =
      what == init_kind::ignore ? start_answer::kind::ignored : start_answer::kind::error;
  finish_start(*this, start_answer{kind, pid{}, reason});
  // The starter was told; nobody else needs a report.
  run->die(reason);
}

void run_terminate(server_box& box) noexcept {
  box.stopping = false;
  // A callback that threw was remembered before its message went.
  if (!box.run->reason.is_expected() && box.run->reason.exception() == nullptr)
    remember_for_report(box, box.run->reason);
  box.phase = server_phase::terminating;
  if (box.type().terminate != nullptr) {
    const inside_callback inside(box, callback_kind::end, nullptr);
    guarded(box, [&] {
      enter_callback(box);
      box.type().terminate(box, box.run->reason);
    });
    if (box.callback != nullptr) {
      box.callback->stopping_with = box.run->reason;
      return;
    }
  }
  box.run->dying = true;
}

void describe_server(const process_slot& slot, server_activity_view& view) noexcept {
  const auto& box = *static_cast<const server_box*>(slot.body);
  view.current = box.current;
  if (box.callback != nullptr) {
    view.what = server_activity::kind::inside;
    view.callback = box.callback->kind;
    view.message = box.callback->message;
    view.began = box.callback->began;
  } else if ((box.halts & halt::suspended) != 0) {
    view.what = server_activity::kind::suspended;
  }
}

namespace {
// Runs the coroutine that is the server's callback until it waits for something that is not there.
run_result drive_callback(server_box& box, process_slot& slot, run_state& run) noexcept {
  const running_callback& c = *box.callback;
  const inside_callback inside(box, c.kind, c.message, c.began);
  return drive(slot, run);
}
}  // namespace

run_result run_server(process_slot& slot, run_state& run) {
  auto& box = *static_cast<server_box*>(slot.body);
  box.run = &run;
  fetch_behind_queue(slot, run);
  for (;;) {
    if (run.dying) return run_result::exited;
    if (box.callback != nullptr) {
      const run_result r = drive_callback(box, slot, run);
      if (r != run_result::exited || run.dying) return r;
      finish_callback(box);
      continue;
    }
    if (box.halts != 0) note_done(box);
    if (internal_step(box)) continue;
    if (box.halts != 0) {
      if ((box.halts & halt::suspended) != 0) {
        if (suspended_step(box, slot) || fetch(slot, run)) continue;
        if (slot.box.wait()) return run_result::parked;
        continue;
      }
      if (halted_step(box, slot)) continue;
    }
    if (slot.queue != nullptr) {
      take_message(box, slot);
      --run.here.budget;
      if (run.here.budget <= 0 && box.callback == nullptr && !box.stopping)
        return run_result::yielded;
      continue;
    }
    if (fetch(slot, run)) continue;
    if (is_idle(slot) && slot.extra->idle.timed_out) {
      time_is_over(box, slot);
      continue;
    }
    if (idle(box, slot)) continue;
    if (slot.box.wait()) return run_result::parked;
  }
}

void drop_box(server_box& box) noexcept {
  if (box.callback != nullptr) box.callback->drop(std::exchange(box.callback, nullptr));
  end_current(box);
  // The functions that were installed are user code, too: they end with the server's.
  if ((box.halts & halt::debugged) != 0) box.slot().extra->debugging.reset();
  if (box.start != nullptr && current_context()->dying != nullptr) {
    finish_start(box, start_answer{start_answer::kind::error, pid{}, *current_context()->dying});
  }
}

}  // namespace beamish::inline v0::detail
