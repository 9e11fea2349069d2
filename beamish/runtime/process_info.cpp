// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/process_info.hpp"
#include "beamish/runtime/mailbox_room.hpp"

#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/relations.hpp"

namespace beamish::inline v0::detail {

namespace {

bool match_no_message(waiter&, signal& s) { return tell_wait(s, "a picture of a process"); }

// Travels to the process and back.
struct info_request : signal {
  using signal::signal;
  pid from;
  std::optional<process_picture> picture;
};

info_request* as_info(signal* s) noexcept { return static_cast<info_request*>(s); }
void drop_info(signal* s) noexcept { pool_delete(as_info(s)); }

void answer_arrives(process_slot& slot, signal* s, run_state&) {
  waiter* w = slot.waiting;
  if (w != nullptr && w->match == &match_no_message && static_cast<info_waiter*>(w)->request == s) {
    static_cast<info_waiter*>(w)->picture = std::move(as_info(s)->picture);
    w->match = nullptr;
  }
  drop_info(s);
}

constexpr signal_type info_answer_type{
    signal_kind::control, &drop_info, nullptr, &answer_arrives, nullptr, 0, "process_info: answer"};

void answer(signal* s, pid by) noexcept {
  s->type = &info_answer_type;
  deliver(by, as_info(s)->from, s);
}

void info_request_gone(signal* s, const gone& g) noexcept { answer(s, g.receiver); }
void info_request_arrives(process_slot& slot, signal* s, run_state&) {
  try {
    as_info(s)->picture = picture_of(slot);
  } catch (const std::bad_alloc&) {
    as_info(s)->picture.reset();
  }
  answer(s, pid_of(slot));
}

constexpr signal_type info_request_type{signal_kind::control,  &drop_info, &info_request_gone,
                                        &info_request_arrives, nullptr,    0,
                                        "process_info"};

}  // namespace

process_picture picture_of(process_slot& slot) {
  process_picture p;
  p.process = pid_of(slot);
  p.registered_name = slot.node->names.name_of(p.process);
  p.initial_call = initial_call_of(slot);
  p.trap_exit = slot.has(slot_flag::trap_exit);
  // It answers between two messages; only one that asks itself is inside of its code.
  p.status =
      slot.has(slot_flag::hibernating) ? process_status::hibernating : process_status::waiting;
  p.waits_for = what_it_waits_for(slot);
  for (const signal* s = slot.queue; s != nullptr; s = s->next) ++p.message_queue_len;
  p.refused_messages = refused_by(slot);
  p.links = linked_peers(slot);
  for (const monitor_record* m = slot.watchers; m != nullptr; m = m->next_watcher) {
    p.monitored_by.push_back(m->watcher);
  }
  for (const lineage* l = slot.parents; l != nullptr; l = l->parents)
    p.ancestors.push_back(l->process);
  if (slot.extra != nullptr) {
    for (const monitor_record* m = slot.extra->monitors; m != nullptr; m = m->next_watched) {
      p.monitors.push_back(m->watched);
    }
    p.dictionary = slot.extra->dictionary;
    p.expired_requests = slot.extra->expired_requests;
    p.label = slot.extra->label;
  }
  return p;
}

bool ask_for_info(process_slot& self, info_waiter& w) {
  if (w.of == pid_of(self)) {
    w.picture = picture_of(self);
    w.picture->status = process_status::running;
    w.picture->waits_for.clear();
    // For others this is done by the fetch that brought the question.
    self.box.look([&](const signal& s) {
      if (s.type->kind != signal_kind::control && s.type->kind != signal_kind::reply)
        ++w.picture->message_queue_len;
    });
    return true;
  }
  auto* request = pool_new<info_request>(info_request_type);
  request->from = pid_of(self);
  w.request = request;
  w.match = &match_no_message;
  self.scan = self.queue_end;
  self.waiting = &w;
  deliver(request->from, w.of, request);
  return false;
}

}  // namespace beamish::inline v0::detail
