// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/server_box.hpp"

#include "beamish/runtime/log.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/runner.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0::detail {

namespace {

bool match_anything(waiter&, signal&) { return true; }

std::string describe(const signal& s) {
  if (s.type->message == nullptr) return {};
  if (s.type->message->to_term == nullptr) return std::string(s.type->message->name);
  return inspect(s.type->message->to_term(s.payload()));
}

void remember_message(server_box& box) {
  if (box.current == nullptr) return;
  std::string text = describe(*box.current);
  extra_of(box.slot()).last_message = std::move(text);
}

// A callback has thrown: terminate runs with that reason, then the process ends with it.
void callback_failed(server_box& box) {
  const std::exception_ptr failure = std::current_exception();
  try {
    remember_message(box);
  } catch (const std::bad_alloc&) {
    // The report will do without the message.
  }
  exit_reason reason = exit_reason::from_exception(failure);
  if (box.phase == server_phase::starting) {
    finish_start(box, start_answer{start_answer::kind::error, pid{}, reason});
    box.run->die_of(std::move(reason));
  } else if (box.phase == server_phase::terminating) {
    box.run->die_of(std::move(reason));
  } else {
    box.begin_stop(std::move(reason));
  }
}

// Runs `step`, which calls user code.
template <class Step>
void guarded(server_box& box, Step step) noexcept {
  try {
    step();
  } catch (...) {
    callback_failed(box);
  }
  swallowed_exit(box.slot(), *box.run);
}

void end_current(server_box& box) noexcept {
  if (signal* done = std::exchange(box.current, nullptr)) done->type->dispose(done);
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

// From the parent, an exit that is trapped still ends the server.
bool is_parents_exit(const server_box& box, signal& s) noexcept {
  return s.type->kind == signal_kind::message &&
         s.type->message == &message_type_of<exit_message> &&
         payload_of<exit_message>(s).from == box.parent;
}

void handle(server_box& box, signal* s) noexcept {
  box.current = s;
  guarded(box, [&] {
    if (s->type->kind == signal_kind::message) {
      if (is_parents_exit(box, *s)) return box.begin_stop(payload_of<exit_message>(*s).reason);
      if (handle_system_message(box, *s)) return;
    }
    if (!box.type().dispatch(box, *s)) unknown_message(box, *s);
  });
  if (box.callback == nullptr && !box.stopping) end_current(box);
}

void handle_continue(server_box& box) noexcept {
  const auto run = box.next.run();
  box.current = box.next.release();
  guarded(box, [&] { run(box, *box.current); });
  if (box.callback == nullptr && !box.stopping) end_current(box);
}

void handle_timeout(server_box& box) noexcept {
  guarded(box, [&] {
    if (!box.type().handle_timeout(box)) {
      write_log(*box.slot().node, {log_level::error, pid_of(box.slot()),
                                   std::string(box.type().initial_call) +
                                       " has no handle_info clause for timeout_message"});
    }
  });
}

// Nothing to do: waits for a message, for the callback's timeout, or for the time to hibernate.
// True if the server must go on at once.
bool idle(server_box& box, process_slot& slot) noexcept {
  if (slot.waiting == nullptr) {
    const bool user_timeout = box.idle.timeout >= 0;
    if (!user_timeout && box.hibernate_after >= 0 && !box.hibernate_next) {
      box.idle.timeout = box.hibernate_after;
      box.hibernate_next = true;
    }
    if (box.idle.timeout >= 0) {
      box.idle.match = &match_anything;
      box.idle.deadline = 0;
      box.idle.timed_out = false;
      slot.waiting = &box.idle;
    }
    if (box.hibernate_next && (user_timeout || box.idle.timeout < 0))
      slot.set(slot_flag::hibernating);
  }
  return slot.waiting != nullptr && before_wait(slot, box.idle) == wait_state::over;
}

void time_is_over(server_box& box, process_slot& slot) noexcept {
  slot.waiting = nullptr;
  box.idle.timeout = for_ever;
  // The clock that ran was hibernate_after's if the flag is set and no hibernation has begun.
  if (box.hibernate_next && !slot.has(slot_flag::hibernating)) {
    slot.set(slot_flag::hibernating);
    return;
  }
  slot.clear(slot_flag::hibernating);
  box.hibernate_next = false;
  handle_timeout(box);
}

void leave_idle(server_box& box, process_slot& slot) noexcept {
  if (slot.waiting == &box.idle) slot.waiting = nullptr;
  box.idle.timeout = for_ever;
  box.hibernate_next = false;
  if (slot.has(slot_flag::hibernating)) slot.clear(slot_flag::hibernating);
}

// A suspended server looks at nothing but system messages, wherever they stand in the queue.
void handle_while_suspended(server_box& box, process_slot& slot) noexcept {
  for (signal** at = &slot.queue; *at != nullptr && box.suspended;) {
    if (!is_system_message(**at)) {
      at = &(*at)->next;
      continue;
    }
    slot.scan = at;
    signal* s = slot.unlink(at);
    guarded(box, [&] { handle_system_message(box, *s); });
    s->type->dispose(s);
  }
}

// The coroutine callback is through.
void finish_callback(server_box& box) noexcept {
  running_callback* done = std::exchange(box.callback, nullptr);
  const bool was_terminating = box.phase == server_phase::terminating;
  if (was_terminating) box.run->reason = done->stopping_with;
  guarded(box, [&] { done->finish(box, done); });
  if (was_terminating) box.run->dying = true;
  if (box.callback == nullptr) box.start.reset();
  if (box.callback == nullptr && !box.stopping) end_current(box);
}

// True if the box has something to do before it looks for a message.
bool internal_step(server_box& box) noexcept {
  if (box.phase == server_phase::starting) {
    guarded(box, [&] {
      if (begin_start(box)) box.start->init(box);
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

void server_box::await(running_callback* c) noexcept {
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
  idle.timeout = step.timeout_ns;
  hibernate_next = step.hibernates;
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
  box.phase = server_phase::terminating;
  if (box.type().terminate != nullptr) {
    guarded(box, [&] { box.type().terminate(box, box.run->reason); });
    if (box.callback != nullptr) {
      box.callback->stopping_with = box.run->reason;
      return;
    }
  }
  box.run->dying = true;
}

run_result run_server(process_slot& slot, run_state& run) {
  auto& box = *static_cast<server_box*>(slot.body);
  box.run = &run;
  for (;;) {
    if (run.dying) return run_result::exited;
    if (box.callback != nullptr) {
      const run_result r = drive(slot, run);
      if (r != run_result::exited || run.dying) return r;
      finish_callback(box);
      continue;
    }
    if (internal_step(box)) continue;
    if (slot.queue != nullptr && !box.suspended) {
      leave_idle(box, slot);
      slot.scan = &slot.queue;
      handle(box, slot.unlink(&slot.queue));
      --run.here.budget;
      if (run.here.budget <= 0 && box.callback == nullptr && !box.stopping)
        return run_result::yielded;
      continue;
    }
    if (fetch(slot, run)) {
      if (box.suspended) handle_while_suspended(box, slot);
      continue;
    }
    if (slot.waiting == &box.idle && box.idle.timed_out) {
      time_is_over(box, slot);
      continue;
    }
    if (!box.suspended && idle(box, slot)) continue;
    if (slot.box.wait()) return run_result::parked;
  }
}

void drop_box(server_box& box) noexcept {
  if (box.callback != nullptr) box.callback->drop(std::exchange(box.callback, nullptr));
  end_current(box);
  if (box.start != nullptr && current_context()->dying != nullptr) {
    finish_start(box, start_answer{start_answer::kind::error, pid{}, *current_context()->dying});
  }
}

}  // namespace beamish::inline v0::detail
