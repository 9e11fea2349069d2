// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/activity.hpp"

#include "beamish/runtime/held_process.hpp"
#include "beamish/runtime/message.hpp"
#include "beamish/runtime/request.hpp"
#include "beamish/runtime/scheduler.hpp"
#include "beamish/runtime/wait.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0 {

namespace detail {

namespace {

std::string_view name_of(callback_kind kind) noexcept {
  switch (kind) {
    case callback_kind::init:
      return "init";
    case callback_kind::call:
      return "handle_call";
    case callback_kind::cast:
      return "handle_cast";
    case callback_kind::info:
    case callback_kind::timeout:
      return "handle_info";
    case callback_kind::proceed:
      return "handle_continue";
    case callback_kind::end:
      return "terminate";
    case callback_kind::pry:
      break;
  }
  return "pry";
}

void set_callback(server_activity& a, callback_kind kind, const message_type* message,
                  std::int64_t since) {
  a.what = server_activity::kind::inside;
  a.callback = name_of(kind);
  if (kind == callback_kind::timeout)
    a.message = "timeout_message";
  else if (message != nullptr)
    a.message = message->name;
  a.since = std::chrono::nanoseconds(std::max<std::int64_t>(since, 0));
}

// REQUIRES: the calling thread is the slot's runner.
void look_at_waiting(process_slot& slot, server_activity& a) {
  std::size_t queued = 0;
  for (const signal* s = slot.queue; s != nullptr; s = s->next) ++queued;
  a.message_queue_len = queued;
  a.initial_call = initial_call_of(slot);
  a.waits_for = what_it_waits_for(slot);
  if (!slot.type->is_server) {
    a.what = server_activity::kind::no_server;
    return;
  }
  server_activity_view view;
  slot.type->describe(slot, view);
  a.what = view.what;
  if (view.what != server_activity::kind::inside) return;
  set_callback(a, view.callback, view.message, slot.node->now() - view.began);
  a.waits_for_reply_of = awaited_by(slot);
}

// It runs, or is about to; then only what its worker notes is known.
void look_at_running(const process_slot& slot, server_activity& a) {
  a.what = server_activity::kind::ready;
  // The workers of another node may end at any time.
  const context* here = current_context();
  node_core* node = here != nullptr ? here->node : slot.node;
  if (node == nullptr || node->index != a.process.node || node->workers == nullptr) return;
  node->workers->look([&](const context& worker) {
    for (std::int32_t depth = 0; depth <= max_inline_depth; ++depth) {
      const callback_note& note = worker.inside[depth];
      if (note.slot.load(std::memory_order_acquire) != &slot) continue;
      const std::int64_t began = note.began.load(std::memory_order_relaxed);
      set_callback(a, static_cast<callback_kind>(began & 7),
                   note.message.load(std::memory_order_relaxed), node->now() - (began & ~7));
      // A server that runs inside of its call is what it waits for.
      const process_slot* inner =
          depth == max_inline_depth ? nullptr
                                    : worker.inside[depth + 1].slot.load(std::memory_order_acquire);
      if (inner == nullptr) continue;
      a.waits_for_reply_of =
          pid{node->index, inner->id, inner->serial.load(std::memory_order_relaxed)};
      a.waits_for = "a reply of " + inspect(term(a.waits_for_reply_of));
    }
  });
}

}  // namespace

server_activity activity_of(pid p) {
  server_activity a;
  a.process = p;
  process_slot* slot = find_slot(p);
  if (slot == nullptr || !slot->box.open_for(p.serial)) return a;
  if (slot->has(slot_flag::thread_body)) {
    a.what = server_activity::kind::no_server;
    a.waits_for = "its thread";
  } else if (const held_process held(*slot, p); held) {
    look_at_waiting(*slot, a);
  } else if (slot->serial.load(std::memory_order_acquire) == p.serial) {
    look_at_running(*slot, a);
  }
  return a;
}

exit_reason late_call(term value, pid p, const lateness& how) {
  exit_reason reason(std::move(value));
  try {
    auto* info = new late_call_info;
    reason.info_ = info;
    info->server.process = p;
    info->server = activity_of(p);
    info->server.waited = how.waited;
    info->server.by_deadline = how.by_deadline;
    if (how.answered) info->server.what = server_activity::kind::answered;
  } catch (const std::bad_alloc&) {
    // The reason will do without it.
  }
  return reason;
}

}  // namespace detail

namespace {

std::string milliseconds(std::chrono::nanoseconds t) {
  return std::to_string(t.count() / 1'000'000) + " ms";
}

std::string what_it_does(const server_activity& a) {
  using kind = server_activity::kind;
  switch (a.what) {
    case kind::gone:
      return "has ended";
    case kind::answered:
      return "has answered, too late";
    case kind::suspended:
      return "is suspended";
    case kind::ready:
      return "is ready to run, and no worker has come to it";
    case kind::no_server:
      return "is no server and takes no calls: it waits for " + a.waits_for;
    case kind::idle:
      return "is idle, and whoever keeps the `from` has not answered";
    case kind::inside:
      break;
  }
  std::string text = "has been in " + a.callback;
  if (!a.message.empty()) text += "(" + a.message + ")";
  text += " for " + milliseconds(a.since);
  return text + (a.waits_for.empty() ? ", running" : ", waiting for " + a.waits_for);
}

std::string queue_of(const server_activity& a) {
  if (!a.message_queue_len || *a.message_queue_len == 0) return {};
  const std::size_t n = *a.message_queue_len;
  return n == 1 ? "; 1 message is queued" : "; " + std::to_string(n) + " messages are queued";
}

}  // namespace

std::string inspect(const server_activity& a) {
  std::string text = "after " + milliseconds(a.waited);
  if (a.by_deadline) text += ", all that a deadline had left,";
  text += " " + inspect(term(a.process));
  if (!a.initial_call.empty()) text += " (" + a.initial_call + ")";
  return text + " " + what_it_does(a) + queue_of(a);
}

}  // namespace beamish::inline v0
