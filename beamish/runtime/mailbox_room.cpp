// SPDX-License-Identifier: Apache-2.0
// tested in: mailbox_limit_test.cpp
#include "beamish/runtime/mailbox_room.hpp"

#include <string>

#include "beamish/runtime/log.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/request.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0 {

namespace detail {

mailbox_room* slot_directory::find_room(std::uint32_t id) const noexcept {
  if (id >> 16 >= std::size(branches)) return nullptr;
  slot_branch* branch = branches[id >> 16].load(std::memory_order_acquire);
  if (branch == nullptr) return nullptr;
  room_chunk* chunk = branch->rooms[(id >> 8) & 255].load(std::memory_order_acquire);
  return chunk == nullptr ? nullptr : &chunk->rooms[id & 255];
}

namespace {

std::uint64_t owner_of_room(pid p) noexcept { return std::uint64_t{p.node} << 32 | p.serial; }

// The record beside the slot of `p`, if it was ever bounded.
mailbox_room* find_room(pid p) noexcept {
  const node_entry* entry = p.node == 0 ? nullptr : the_program().entry(p.node);
  const slot_directory* directory =
      entry == nullptr ? nullptr : entry->directory.load(std::memory_order_acquire);
  return directory == nullptr ? nullptr : directory->find_room(p.id);
}

mailbox_room& make_room(process_slot& slot) {
  auto& link = slot.node->directory->branches[slot.id >> 16].load()->rooms[(slot.id >> 8) & 255];
  room_chunk* chunk = link.load(std::memory_order_acquire);
  if (chunk == nullptr) {
    auto* fresh = new room_chunk;
    if (link.compare_exchange_strong(chunk, fresh, std::memory_order_acq_rel))
      chunk = fresh;
    else
      delete fresh;
  }
  return chunk->rooms[slot.id & 255];
}

// The node of `p`, if it has a budget.
node_core* budgeted_node(pid p) noexcept {
  node_entry* entry = the_program().entry(p.node);
  node_core* core = entry == nullptr ? nullptr : entry->core.load();
  return core == nullptr || !core->waiting_bytes.is_set() ? nullptr : core;
}

std::int64_t bytes_of(const signal& s) noexcept {
  const message_type& type = *s.type->message;
  const std::size_t behind = type.heap_bytes == nullptr ? 0 : type.heap_bytes(s.payload());
  return static_cast<std::int64_t>(s.type->payload_offset + type.size + behind);
}

void tell(node_core& core, pid where, mailbox_budget::change what) noexcept {
  if (what == mailbox_budget::change::none) return;
  mailbox_budget& budget = core.waiting_bytes;
  const mailbox_high_water news{what == mailbox_budget::change::reached, budget.used(),
                                budget.budget()};
  try {
    if (news.reached) {
      log_warning(core, "the messages that wait on node '" + core.name + "' have reached " +
                            std::to_string(news.bytes) + " of " + std::to_string(news.budget) +
                            " bytes, the last for process " + inspect(term(where)));
    }
    for (const pid watcher : budget.watchers())
      deliver(pid{}, watcher, make_node<mailbox_high_water>(plain_type<mailbox_high_water>, news));
  } catch (const std::bad_alloc&) {
    // Who watches learns it at the next change.
  }
}

// False if the node's budget has no room for it.
bool take_bytes(pid to, const signal& s, bool forced) noexcept {
  node_core* core = budgeted_node(to);
  if (core == nullptr) return true;
  auto what = mailbox_budget::change::none;
  const bool fits = core->waiting_bytes.take(bytes_of(s), forced, what);
  tell(*core, to, what);
  return fits;
}

void give_back_bytes(pid to, const signal& s) noexcept {
  if (node_core* core = budgeted_node(to))
    tell(*core, to, core->waiting_bytes.give_back(bytes_of(s)));
}

bool increase_below(std::atomic<std::uint32_t>& value, std::uint32_t limit) noexcept {
  std::uint32_t seen = value.load(std::memory_order_seq_cst);
  do {
    if (seen >= limit) return false;
  } while (!value.compare_exchange_weak(seen, seen + 1, std::memory_order_seq_cst));
  return true;
}

// Never below 0: a place that was taken on a node that has ended may come back here.
void decrease(std::atomic<std::uint32_t>& value) noexcept {
  std::uint32_t seen = value.load(std::memory_order_seq_cst);
  while (seen != 0 && !value.compare_exchange_weak(seen, seen - 1, std::memory_order_seq_cst)) {
  }
}

// The oldest of the line, with a place taken for it; null if there is nobody or no place.
signal* next_in_line(mailbox_room& room) noexcept {
  std::lock_guard lock(room.mutex);
  signal* s = room.first;
  if (s == nullptr || !room.take_place_of_line()) return nullptr;
  room.first = s->next;
  if (room.first == nullptr) room.end = &room.first;
  room.waiting.fetch_sub(1, std::memory_order_seq_cst);
  return s;
}

void let_in(pid to, request_base* request) noexcept {
  if (request->type == &call_type<room_wanted>)
    return request_node<room_wanted>::reply(static_cast<request_node<room_wanted>*>(request),
                                            mailbox_place(to));
  // A caller that has ended has not called.
  mailbox_place place(to);
  if (request->from && !alive(request->from)) return request->type->dispose(request);
  place.use();
  count_in(to, *request);
  deliver(request->from, to, request);
}

void let_in_who_may(mailbox_room& room, pid to) noexcept {
  while (room.waiting.load(std::memory_order_seq_cst) != 0) {
    signal* s = next_in_line(room);
    if (s == nullptr) return;
    let_in(to, static_cast<request_base*>(s));
  }
}

void free_place(pid to) noexcept {
  mailbox_room* room = find_room(to);
  if (room == nullptr) return;
  decrease(room->taken);
  let_in_who_may(*room, to);
}

}  // namespace

posting refuse_message(pid to, signal* s) noexcept {
  mailbox_room* room = find_room(to);
  bool is_told = true;
  if (room != nullptr) {
    room->refused.fetch_add(1, std::memory_order_relaxed);
    is_told = room->when_full.load(std::memory_order_relaxed) != overflow::drop;
  }
  undeliverable(s, to, exit_reason(atom("mailbox_full")));
  return is_told ? posting::refused : posting::done;
}

bool mailbox_room::take_place() noexcept {
  return waiting.load(std::memory_order_seq_cst) == 0 && take_place_of_line();
}

bool mailbox_room::take_place_of_line() noexcept {
  return increase_below(taken, limit.load(std::memory_order_relaxed));
}

mailbox_place::~mailbox_place() {
  if (of_) free_place(of_);
}

void check_limit(const mailbox_limit& limit) {
  if (limit.messages != 0) return;
  throw argument_error("mailbox_limit: a mailbox for 0 messages would take none: say 1 or more");
}

void set_room(process_slot& slot, const mailbox_limit& limit) {
  mailbox_room& room = make_room(slot);
  const pid self = pid_of(slot);
  {
    std::lock_guard lock(room.mutex);
    const std::uint64_t before = room.owner.load(std::memory_order_relaxed);
    if (before != owner_of_room(self)) room.refused.store(0, std::memory_order_relaxed);
    room.limit.store(limit.messages, std::memory_order_relaxed);
    room.when_full.store(limit.when_full, std::memory_order_relaxed);
    room.owner.store(owner_of_room(self), std::memory_order_release);
  }
  slot.set(slot_flag::bounded);
  let_in_who_may(room, self);
}

void close_room(process_slot& slot, pid self, const exit_reason& reason) noexcept {
  if (!slot.has(slot_flag::bounded)) return;
  mailbox_room* room = find_room(self);
  if (room == nullptr) return;
  signal* line = nullptr;
  {
    std::lock_guard lock(room->mutex);
    room->owner.store(0, std::memory_order_release);
    line = std::exchange(room->first, nullptr);
    room->end = &room->first;
    room->waiting.store(0, std::memory_order_seq_cst);
  }
  while (line != nullptr) {
    signal* next = line->next;
    undeliverable(line, self, reason);
    line = next;
  }
}

void forget_places(slot_branch& branch) noexcept {
  for (auto& link : branch.rooms) {
    room_chunk* chunk = link.load(std::memory_order_acquire);
    if (chunk == nullptr) continue;
    for (mailbox_room& room : chunk->rooms) room.taken.store(0, std::memory_order_seq_cst);
  }
}

std::uint64_t refused_by(const process_slot& slot) noexcept {
  if (!slot.has(slot_flag::bounded)) return 0;
  const mailbox_room* room = find_room(pid_of(slot));
  return room == nullptr ? 0 : room->refused.load(std::memory_order_relaxed);
}

bool wait_in_line(pid to, request_base* request) noexcept {
  mailbox_room* room = find_room(to);
  if (room == nullptr) return false;
  {
    std::lock_guard lock(room->mutex);
    if (room->owner.load(std::memory_order_relaxed) != owner_of_room(to)) return false;
    request->next = nullptr;
    *room->end = request;
    room->end = &request->next;
    room->waiting.fetch_add(1, std::memory_order_seq_cst);
  }
  // A place may have become free just before.
  let_in_who_may(*room, to);
  return true;
}

void count_in(pid to, signal& s) noexcept {
  s.flags = static_cast<std::uint16_t>(s.flags | signal_counted);
  take_bytes(to, s, true);
}

void leave_mailbox(pid to, signal& s) noexcept {
  s.flags = static_cast<std::uint16_t>(s.flags & ~signal_counted);
  give_back_bytes(to, s);
  free_place(to);
}

admission admit(pid from, pid to, signal& s) noexcept {
  if ((s.flags & signal_passes) != 0 || from == to) return admission::in;
  mailbox_room* room = find_room(to);
  if (room == nullptr || room->owner.load(std::memory_order_acquire) != owner_of_room(to))
    return admission::in;
  if (!take_bytes(to, s, false)) return admission::budget;
  if (room->take_place()) {
    s.flags = static_cast<std::uint16_t>(s.flags | signal_counted);
    return admission::in;
  }
  give_back_bytes(to, s);
  return admission::line;
}

namespace {
bool has_line(pid to) noexcept {
  const mailbox_room* room = find_room(to);
  return room != nullptr && room->when_full.load(std::memory_order_relaxed) == overflow::wait;
}
}  // namespace

posting post_bounded(context* here, pid from, pid to, signal* s, bool may_wait) noexcept {
  const admission got = admit(from, to, *s);
  if (got != admission::in) {
    if (got == admission::budget || !may_wait || !has_line(to)) return refuse_message(to, s);
    if (s->type->kind != signal_kind::call) return posting::held_back;
    if (wait_in_line(to, static_cast<request_base*>(s))) return posting::done;
  }
  deliver_from(here, from, to, s);
  return posting::done;
}

}  // namespace detail

void limit_mailbox(const mailbox_limit& limit) {
  detail::check_limit(limit);
  detail::self_access me;
  detail::set_room(*me, limit);
}

void monitor_high_water() {
  detail::self_access me;
  me->node->waiting_bytes.watch(detail::pid_of(*me));
}

}  // namespace beamish::inline v0
