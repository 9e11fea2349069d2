// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/timers.hpp"

#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/memory_access.hpp"
#include "beamish/runtime/node_core.hpp"

namespace beamish::inline v0::detail {

namespace {

timer_record* record_of(timer_node* node) noexcept { return static_cast<timer_record*>(node); }

pid owner_on(const node_core& core, const timer_record& record) noexcept {
  return pid{core.index, record.owner, record.owner_serial};
}

bool has_id(const timer_record& record, const reference& id) noexcept {
  return record.owner == id.words[0] && record.owner_serial == id.words[1] &&
         record.count == count_of(id);
}

}  // namespace

void discard(timer_record* record) noexcept {
  delete std::exchange(record->name, nullptr);
  drop_context(*record->what);
  record->what->type->dispose(record->what);
}

timer_service::timer_service() : wheel_(0) {}

timer_record* timer_service::find(const reference& id) noexcept {
  const std::uint32_t number = id.words[4];
  if (number == 0 || number > places_.size()) return nullptr;
  timer_record* record = at(number).record;
  return record != nullptr && has_id(*record, id) ? record : nullptr;
}

void timer_service::enter(timer_record* record) {
  if (free_ == 0) {
    places_.emplace_back();
    free_ = static_cast<std::uint32_t>(places_.size());
  }
  std::uint32_t* first = record->target ? &by_target_[record->target] : nullptr;
  const std::uint32_t number = free_;
  place& mine = at(number);
  free_ = mine.next;
  mine = {record, 0, first != nullptr ? *first : 0};
  if (mine.next != 0) at(mine.next).previous = number;
  if (first != nullptr) *first = number;
  record->place = number;
}

void timer_service::detach(timer_record* record) noexcept {
  const std::uint32_t number = std::exchange(record->place, 0);
  if (number == 0) return;
  place& mine = at(number);
  if (mine.next != 0) at(mine.next).previous = mine.previous;
  if (mine.previous != 0) {
    at(mine.previous).next = mine.next;
  } else if (record->target && mine.next != 0) {
    by_target_.find(record->target)->second = mine.next;
  } else if (record->target) {
    by_target_.erase(record->target);
  }
  mine = {nullptr, 0, free_};
  free_ = number;
}

bool timer_service::note_earliest(std::int64_t deadline) noexcept {
  const bool earliest = deadline < next_.load(std::memory_order_relaxed);
  if (earliest) next_.store(deadline, std::memory_order_release);
  return earliest;
}

bool timer_service::arm(timer_record* record, std::int64_t deadline) {
  std::lock_guard lock(mutex_);
  wheel_.arm(record, deadline);
  return note_earliest(deadline);
}

bool timer_service::arm(timer_record* record, std::int64_t deadline, reference& id) {
  std::lock_guard lock(mutex_);
  record->owner = id.words[0];
  record->owner_serial = id.words[1];
  record->count = count_of(id);
  enter(record);
  id.words[4] = record->place;
  wheel_.arm(record, deadline);
  return note_earliest(deadline);
}

bool timer_service::cancel(timer_record* record) noexcept {
  std::lock_guard lock(mutex_);
  if (!record->armed()) return false;
  wheel_.cancel(record);
  detach(record);
  return true;
}

timer_record* timer_service::cancel(const reference& id, std::int64_t now,
                                    std::int64_t& left) noexcept {
  std::lock_guard lock(mutex_);
  timer_record* record = find(id);
  if (record == nullptr) return nullptr;
  left = record->deadline_ns - now;
  wheel_.cancel(record);
  detach(record);
  return record;
}

std::int64_t timer_service::left(const reference& id, std::int64_t now) noexcept {
  std::lock_guard lock(mutex_);
  const timer_record* record = find(id);
  if (record == nullptr) return -1;
  const std::int64_t left = record->deadline_ns - now;
  return left < 0 ? 0 : left;
}

void timer_service::forget(pid target) noexcept {
  timer_node* ended = nullptr;
  {
    std::lock_guard lock(mutex_);
    auto found = by_target_.find(target);
    while (found != by_target_.end()) {
      timer_record* record = at(found->second).record;
      wheel_.cancel(record);
      detach(record);
      record->next = std::exchange(ended, record);
      found = by_target_.find(target);
    }
  }
  while (ended != nullptr) discard(record_of(std::exchange(ended, ended->following())));
}

// Asks for all memory that detaching and firing will touch, while nothing waits for it yet.
void timer_service::fetch_ahead(timer_node* due) const noexcept {
  for (timer_node* n = due; n != nullptr; n = n->following()) {
    const timer_record& record = *record_of(n);
    if (record.place != 0) __builtin_prefetch(&at(record.place), 1);
    __builtin_prefetch(record.what, 1);
  }
  for (timer_node* n = due; n != nullptr; n = n->following()) {
    const std::uint32_t number = record_of(n)->place;
    if (number == 0) continue;
    const place& mine = at(number);
    if (mine.previous != 0) __builtin_prefetch(&at(mine.previous), 1);
    if (mine.next != 0) __builtin_prefetch(&at(mine.next), 1);
  }
}

std::size_t timer_service::fire_due(node_core& core, std::int64_t now) noexcept {
  if (firing_.exchange(true, std::memory_order_acquire)) return 0;
  timer_node* due = nullptr;
  {
    std::lock_guard lock(mutex_);
    due = wheel_.expire(now, batch);
    fetch_ahead(due);
    for (timer_node* n = due; n != nullptr; n = n->following()) detach(record_of(n));
    note_next();
  }
  std::size_t fired = 0;
  while (due != nullptr) {
    timer_record* record = record_of(due);
    due = due->following();
    ++fired;
    fire(core, record);
  }
  firing_.store(false, std::memory_order_release);
  return fired;
}

// Nobody but the receiver may look at the record afterwards.
void timer_service::fire(node_core& core, timer_record* record) noexcept {
  pid to = record->target;
  if (record->name != nullptr) {
    to = core.names.find(*record->name);
    delete std::exchange(record->name, nullptr);
  }
  if (!to) return discard(record);
  deliver(owner_on(core, *record), to, record->what);
}

bool timer_service::fire_one(node_core& core, std::int64_t now,
                             std::uint32_t (*pick)(void*, std::uint32_t), void* user) noexcept {
  constexpr std::size_t most = 8;
  timer_node* due[most];
  timer_record* record = nullptr;
  {
    std::lock_guard lock(mutex_);
    const std::size_t count = wheel_.due(now, due, most);
    if (count != 0) {
      record = record_of(due[pick(user, static_cast<std::uint32_t>(count))]);
      wheel_.cancel(record);
      detach(record);
    }
    note_next();
  }
  if (record == nullptr) return false;
  fire(core, record);
  return true;
}

bool timer_service::has_due(std::int64_t now) noexcept {
  if (next_deadline() > now) return false;
  timer_node* due[1];
  std::lock_guard lock(mutex_);
  if (wheel_.due(now, due, 1) != 0) return true;
  note_next();
  return false;
}

void timer_service::restart(std::int64_t now) noexcept {
  std::lock_guard lock(mutex_);
  wheel_.restart(now);
  note_next();
}

void timer_service::note_next() noexcept {
  next_.store(wheel_.size() == 0 ? never : wheel_.next_deadline(), std::memory_order_release);
}

std::size_t timer_service::size() noexcept {
  std::lock_guard lock(mutex_);
  return wheel_.size();
}

void timer_service::clear() noexcept {
  // Wait timeouts and timers to pids ended with their processes: what is left goes to names. The
  // messages end without the lock: their destructors may look for timers.
  for (;;) {
    timer_node* ended = nullptr;
    {
      std::lock_guard lock(mutex_);
      for (const place& p : places_) {
        timer_record* record = p.record;
        if (record == nullptr) continue;
        wheel_.cancel(record);
        detach(record);
        record->next = std::exchange(ended, record);
      }
      if (ended == nullptr) return note_next();
    }
    while (ended != nullptr) discard(record_of(std::exchange(ended, ended->following())));
  }
}

}  // namespace beamish::inline v0::detail
