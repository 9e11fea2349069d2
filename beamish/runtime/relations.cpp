// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/relations.hpp"
#include "beamish/runtime/mailbox_room.hpp"

#include <algorithm>

#include "beamish/runtime/message.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/request.hpp"
#include "beamish/runtime/run_state.hpp"

namespace beamish::inline v0::detail {

namespace {

template <class Record>
void give_up(Record* record, int halves) noexcept {
  if (record->halves.fetch_sub(static_cast<std::uint8_t>(halves), std::memory_order_acq_rel) ==
      halves) {
    pool_delete(record);
  }
}

// ---- monitors

demonitor_signal& as_demonitor(signal* s) noexcept { return *static_cast<demonitor_signal*>(s); }
down_signal& as_down(signal* s) noexcept { return *static_cast<down_signal*>(s); }

void unlist_watcher(monitor_record* r) noexcept {
  *r->at_watcher = r->next_watcher;
  if (r->next_watcher != nullptr) r->next_watcher->at_watcher = r->at_watcher;
}
void unlist_watched(monitor_record* r) noexcept {
  *r->at_watched = r->next_watched;
  if (r->next_watched != nullptr) r->next_watched->at_watched = r->at_watched;
}
void list_watcher(process_slot& watched, monitor_record* r) noexcept {
  r->next_watcher = watched.watchers;
  r->at_watcher = &watched.watchers;
  if (r->next_watcher != nullptr) r->next_watcher->at_watcher = &r->next_watcher;
  watched.watchers = r;
}
void list_watched(process_extra& extra, monitor_record* r) noexcept {
  r->next_watched = extra.monitors;
  r->at_watched = &extra.monitors;
  if (r->next_watched != nullptr) r->next_watched->at_watched = &r->next_watched;
  extra.monitors = r;
}

void send_down(monitor_record* r, const exit_reason& reason) noexcept {
  r->down.message.reason = reason;
  deliver(r->watched, r->watcher, &r->down);
}

void keep_request(signal*) noexcept {}  // part of a record whose halves say when it ends
void request_gone(signal* s, const gone& g) noexcept {
  monitor_record* r = as_demonitor(s).record;
  r->lost = true;  // it may be the way that is gone: then a demonitor still arrives
  send_down(r, g.reason);
}
void request_arrives(process_slot& watched, signal* s, run_state&) {
  list_watcher(watched, as_demonitor(s).record);
}

void drop_farewell(signal* s) noexcept { give_up(as_demonitor(s).record, 1); }
void farewell_arrives(process_slot&, signal* s, run_state&) {
  monitor_record* r = as_demonitor(s).record;
  if (r->lost) return give_up(r, 1);
  unlist_watcher(r);
  give_up(r, 2);
}
void orphaned(process_slot& watched, signal* s, run_state& run) {
  farewell_arrives(watched, s, run);
  run.kill();
}

void drop_down(signal* s) noexcept { give_up(as_down(s).record, 1); }
void drop_down_message(signal* s) noexcept { give_up(as_down(s).record, 2); }
void down_arrives(process_slot& watcher, signal* s, run_state&);

constexpr signal_type monitor_request_type{
    signal_kind::control, &keep_request, &request_gone, &request_arrives, nullptr, 0, "monitor"};
constexpr signal_type demonitor_type{
    signal_kind::control, &drop_farewell, nullptr, &farewell_arrives, nullptr, 0, "demonitor"};
constexpr signal_type owner_gone_type{
    signal_kind::control, &drop_farewell, nullptr, &orphaned, nullptr, 0, "owner gone"};
constexpr signal_type down_type{
    signal_kind::control, &drop_down, nullptr, &down_arrives, nullptr, 0, "DOWN"};
const signal_type down_message_signal_type{
    signal_kind::message,           &drop_down_message,          nullptr, nullptr,
    &message_type_of<down_message>, message_offset<down_message>};

void down_arrives(process_slot& watcher, signal* s, run_state&) {
  monitor_record* r = as_down(s).record;
  if (r->cancelled) return give_up(r, 1);
  unlist_watched(r);
  end_alias_of_monitor(watcher, r->id);
  s->type = &down_message_signal_type;
  watcher.enqueue(s);
}

}  // namespace

monitor_record::monitor_record(pid w, pid t, reference i)
    : request(monitor_request_type),
      farewell(demonitor_type),
      down(down_type),
      watcher(w),
      watched(t),
      id(i) {
  request.record = farewell.record = down.record = this;
  down.message.id = i;
  down.message.process = t;
}

monitor_record* start_monitor(process_slot& watcher, pid watched, reference id, term shown,
                              const exit_reason& nobody) {
  process_extra& extra = extra_of(watcher);
  auto* r = pool_new<monitor_record>(pid_of(watcher), watched, id);
  r->down.message.name_and_node = std::move(shown);
  list_watched(extra, r);
  if (watched) {
    deliver(r->watcher, watched, &r->request);
  } else {
    send_down(r, nobody);
  }
  return r;
}

monitor_record* start_monitor_of_new(process_slot& watcher, process_slot& watched, reference id,
                                     bool owns) {
  process_extra& extra = extra_of(watcher);
  auto* r = pool_new<monitor_record>(pid_of(watcher), pid_of(watched), id);
  r->owns = owns;
  list_watched(extra, r);
  list_watcher(watched, r);
  return r;
}

monitor_record* find_monitor(process_slot& watcher, const reference& id) noexcept {
  if (watcher.extra == nullptr) return nullptr;
  monitor_record* r = watcher.extra->monitors;
  while (r != nullptr && r->id != id) r = r->next_watched;
  return r;
}

monitor_record* record_of_down(const signal& s) noexcept {
  return s.type == &down_message_signal_type ? static_cast<const down_signal&>(s).record : nullptr;
}

void stop_monitor(process_slot&, monitor_record* r) noexcept {
  unlist_watched(r);
  r->cancelled = true;
  deliver(r->watcher, r->watched, &r->farewell);
}

void stop_and_kill(process_slot& watcher, monitor_record* r) noexcept {
  r->farewell.type = &owner_gone_type;
  stop_monitor(watcher, r);
}

// ---- links

namespace {

struct link_request : signal {
  using signal::signal;
  link_record* record = nullptr;
};
link_record& as_link(signal* s) noexcept { return *static_cast<link_record*>(s); }
link_request& as_request(signal* s) noexcept { return *static_cast<link_request*>(s); }

int side_of(const link_record* r, pid self) noexcept { return r->side(0) == self ? 0 : 1; }
link_record* next_link(const link_record* r, pid self) noexcept {
  return r->next[side_of(r, self)];
}
link_record* find_link(const process_slot& slot, pid self, pid peer) noexcept {
  link_record* r = slot.links;
  while (r != nullptr && r->side(1 - side_of(r, self)) != peer) r = next_link(r, self);
  return r;
}

void list_link(process_slot& slot, link_record* r, int side) noexcept {
  r->active[side] = true;
  r->next[side] = slot.links;
  r->at[side] = &slot.links;
  if (link_record* after = r->next[side]) after->at[side_of(after, r->side(side))] = &r->next[side];
  slot.links = r;
}
void unlist_link(link_record* r, int side) noexcept {
  r->active[side] = false;
  *r->at[side] = r->next[side];
  if (link_record* after = r->next[side]) after->at[side_of(after, r->side(side))] = r->at[side];
}

void drop_link(signal* s) noexcept { give_up(&as_link(s), 1); }

// The other side has unlinked or died: this side lists the record no longer.
bool close_link(link_record& r) noexcept {
  const int mine = 2 - r.said.load(std::memory_order_relaxed);
  if (!r.active[mine]) return false;
  unlist_link(&r, mine);
  give_up(&r, 1);
  return true;
}

void unlink_arrives(process_slot&, signal* s, run_state&) {
  close_link(as_link(s));
  drop_link(s);
}

void exit_arrives(process_slot& slot, signal* s, run_state& run);

constexpr signal_type link_exit_type{
    signal_kind::control, &drop_link, nullptr, &exit_arrives, nullptr, 0, "EXIT"};
constexpr signal_type unlink_type{
    signal_kind::control, &drop_link, nullptr, &unlink_arrives, nullptr, 0, "unlink"};
const signal_type exit_of_link_message_type{
    signal_kind::message,        &drop_link, nullptr, nullptr, &message_type_of<exit_message>,
    message_offset<exit_message>};

// `mine` has unlinked (`why` is null) or died, and lists the record no longer. If the other side
// was first, nothing is left to say.
void say_farewell(link_record* r, int mine, const exit_reason* why) noexcept {
  std::uint8_t nobody = 0;
  if (!r->said.compare_exchange_strong(nobody, static_cast<std::uint8_t>(1 + mine),
                                       std::memory_order_acq_rel)) {
    return give_up(r, 1);
  }
  if (why != nullptr)
    r->message.reason = *why;
  else
    r->type = &unlink_type;
  deliver(r->side(mine), r->side(1 - mine), r);
}

void exit_arrives(process_slot& slot, signal* s, run_state& run) {
  link_record& r = as_link(s);
  const pid from = r.side(r.said.load(std::memory_order_relaxed) - 1);
  if (!close_link(r)) return drop_link(s);
  // Links that both sides asked for at the same time exist twice, and count once. Not looked for in
  // vain: a supervisor may have a hundred thousand links.
  const pid self = pid_of(slot);
  while (link_record* twin = r.born ? nullptr : find_link(slot, self, from)) {
    unlist_link(twin, side_of(twin, self));
    give_up(twin, 1);
  }
  if (slot.has(slot_flag::trap_exit)) {
    // The other side is gone, so nobody asks any more who the first was.
    r.message.from = from;
    s->type = &exit_of_link_message_type;
    slot.enqueue(s);
    return;
  }
  if (!r.message.reason.is_normal()) run.die(r.message.reason);
  drop_link(s);
}

void drop_request(signal* s) noexcept { pool_delete(&as_request(s)); }
void link_request_gone(signal* s, const gone& g) noexcept {
  say_farewell(as_request(s).record, 1, &g.reason);
  drop_request(s);
}
void link_request_arrives(process_slot& slot, signal* s, run_state&) {
  list_link(slot, as_request(s).record, 1);
  drop_request(s);
}
constexpr signal_type link_request_type{signal_kind::control,
                                        &drop_request,
                                        &link_request_gone,
                                        &link_request_arrives,
                                        nullptr,
                                        0,
                                        "link"};

void exit_request_arrives(process_slot& slot, signal* s, run_state& run) {
  auto& message = payload_of<exit_message>(*s);
  // Sent to itself when it did not trap exits: nothing that it did since saves it.
  const bool is_own = message.from == pid_of(slot) && slot.has(slot_flag::ends_itself);
  if (message.reason.is("kill")) {
    run.kill();
  } else if (slot.has(slot_flag::trap_exit) && !is_own) {
    s->type = &plain_type<exit_message>;
    slot.enqueue(s);
    return;
  } else if (!message.reason.is_normal() || is_own) {
    run.die(message.reason);
  }
  s->type->dispose(s);
}

const signal_type exit_request_type{signal_kind::control,
                                    &message_node<exit_message>::dispose,
                                    nullptr,
                                    &exit_request_arrives,
                                    &message_type_of<exit_message>,
                                    message_offset<exit_message>,
                                    "exit"};

bool has_owner(const process_slot& slot) noexcept {
  const monitor_record* r = slot.watchers;
  while (r != nullptr && !r->owns) r = r->next_watcher;
  return r != nullptr;
}

// From the top: who is tied to its maker hears of the end of that, and the maker may have an order
// for it, as supervisors do.
void stop_request_arrives(process_slot& slot, signal* s, run_state& run) {
  const bool is_tied =
      has_owner(slot) || (slot.parents != nullptr && is_linked(slot, slot.parents->process));
  if (is_tied || slot.has(slot_flag::asked_to_stop)) return s->type->dispose(s);
  slot.set(slot_flag::asked_to_stop);
  exit_request_arrives(slot, s, run);
}

const signal_type stop_request_type{signal_kind::control,
                                    &message_node<exit_message>::dispose,
                                    nullptr,
                                    &stop_request_arrives,
                                    &message_type_of<exit_message>,
                                    message_offset<exit_message>,
                                    "stop"};

link_record* new_link(process_slot& self, pid peer) {
  auto* r = pool_new<link_record>(pid_of(self), peer);
  list_link(self, r, 0);
  return r;
}

}  // namespace

link_record::link_record(pid first, pid peer) : signal(link_exit_type), second(peer) {
  message.from = first;
}

void start_link(process_slot& self, pid peer) {
  if (pid_of(self) == peer || is_linked(self, peer)) return;
  auto* request = pool_new<link_request>(link_request_type);
  try {
    request->record = new_link(self, peer);
  } catch (...) {
    pool_delete(request);
    throw;
  }
  deliver(pid_of(self), peer, request);
}

void start_link_with_new(process_slot& self, process_slot& fresh) {
  link_record* r = new_link(self, pid_of(fresh));
  r->born = true;
  list_link(fresh, r, 1);
}

void stop_link(process_slot& slot, pid peer) {
  const pid self = pid_of(slot);
  while (link_record* r = find_link(slot, self, peer)) {
    const int mine = side_of(r, self);
    unlist_link(r, mine);
    say_farewell(r, mine, nullptr);
  }
}

bool is_linked(const process_slot& self, pid peer) noexcept {
  return find_link(self, pid_of(self), peer) != nullptr;
}

std::vector<pid> linked_peers(const process_slot& slot) {
  const pid self = pid_of(slot);
  std::vector<pid> peers;
  for (const link_record* r = slot.links; r != nullptr; r = next_link(r, self))
    peers.push_back(r->side(1 - side_of(r, self)));
  std::sort(peers.begin(), peers.end());
  peers.erase(std::unique(peers.begin(), peers.end()), peers.end());
  return peers;
}

void send_exit(pid from, pid to, const exit_reason& reason) {
  deliver(from, to, make_node<exit_message>(exit_request_type, from, reason));
}

void ask_to_stop(pid to) {
  deliver(pid{}, to, make_node<exit_message>(stop_request_type, pid{}, exit_reason::shutdown()));
}

const exit_reason* reason_of(const signal& s) noexcept {
  if (s.type == &down_type) return &static_cast<const down_signal&>(s).message.reason;
  if (s.type == &link_exit_type) return &static_cast<const link_record&>(s).message.reason;
  if (s.type == &exit_request_type) return &static_cast<const exit_message*>(s.payload())->reason;
  return nullptr;
}

void undo_relations(process_slot& fresh) noexcept {
  while (link_record* r = fresh.links) {
    unlist_link(r, 0);
    unlist_link(r, 1);
    give_up(r, 2);
  }
  while (monitor_record* r = fresh.watchers) {
    unlist_watcher(r);
    unlist_watched(r);
    give_up(r, 2);
  }
}

void end_relations(process_slot& slot, pid self, const exit_reason& reason) noexcept {
  while (link_record* r = slot.links) {
    const int mine = side_of(r, self);
    unlist_link(r, mine);
    say_farewell(r, mine, &reason);
  }
  while (monitor_record* r = slot.watchers) {
    unlist_watcher(r);
    send_down(r, reason);
  }
  if (slot.extra == nullptr) return;
  while (monitor_record* r = slot.extra->monitors) {
    r->owns ? stop_and_kill(slot, r) : stop_monitor(slot, r);
  }
}

void lose_peers(process_slot& slot, std::uint32_t node) noexcept {
  const pid self = pid_of(slot);
  const exit_reason why = exit_reason::noconnection();
  for (link_record* r = slot.links; r != nullptr;) {
    link_record* const next = next_link(r, self);
    const int mine = side_of(r, self);
    const pid peer = r->side(1 - mine);
    // If the other side has said farewell, that has arrived and will be handled.
    if (peer.node == node && r->said.load(std::memory_order_relaxed) == 0) {
      unlist_link(r, mine);
      say_farewell(r, mine, &why);
      // From its own node, which alone knows it: between the two nothing arrives any more.
      deliver(self, self, make_node<exit_message>(exit_request_type, peer, why));
    }
    r = next;
  }
  for (monitor_record* r = slot.watchers; r != nullptr;) {
    monitor_record* const next = r->next_watcher;
    if (r->watcher.node == node) {
      unlist_watcher(r);
      r->lost = true;  // a demonitor may have arrived already
      send_down(r, why);
    }
    r = next;
  }
}

void lose_signal(pid to, signal* s) noexcept {
  const exit_reason why = exit_reason::noconnection();
  if (s->type == &exit_request_type) return s->type->dispose(s);
  if (s->type->undeliverable != nullptr) return undeliverable(s, to, why);
  if (s->type->kind == signal_kind::reply) {
    lose_answer(static_cast<request_base*>(s), why);
  } else if (s->type == &link_exit_type || s->type == &unlink_type) {
    // Who never hears that it was unlinked is still linked.
    s->type = &link_exit_type;
    as_link(s).message.reason = why;
  } else if (s->type == &down_type) {
    as_down(s).message.reason = why;
  } else if (s->type->kind != signal_kind::control) {
    leave_if_counted(to, *s);
    return s->type->dispose(s);
  }
  arrive(to, s);
}

}  // namespace beamish::inline v0::detail
