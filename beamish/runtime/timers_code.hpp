// SPDX-License-Identifier: Apache-2.0
//
// The code of timers.hpp, for who brings a lock and atomics of his own:
//
//     template class basic_timer_service<real_timing>;    // in timers.cpp
//
// Everything but the firing itself happens under the one lock.
// tested in: timers_interleave_test.cpp
#pragma once

#include <utility>

#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/timers.hpp"

namespace beamish::inline v0::detail {

namespace timing {

inline timer_record* record_of(timer_node* node) noexcept {
  return static_cast<timer_record*>(node);
}

inline bool has_id(const timer_record& record, const reference& id) noexcept {
  return record.owner == id.words[0] && record.owner_serial == id.words[1] &&
         record.count == count_of(id);
}

}  // namespace timing

template <class Timing>
timer_record* basic_timer_service<Timing>::find(const reference& id) noexcept {
  const std::uint32_t number = id.words[4];
  if (number == 0 || number > places_.size()) return nullptr;
  timer_record* record = at(number).record;
  return record != nullptr && timing::has_id(*record, id) ? record : nullptr;
}

template <class Timing>
void basic_timer_service<Timing>::enter(timer_record* record) {
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

template <class Timing>
void basic_timer_service<Timing>::detach(timer_record* record) noexcept {
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

template <class Timing>
bool basic_timer_service<Timing>::note_earliest(std::int64_t deadline) noexcept {
  const bool earliest = deadline < next_.load(std::memory_order_relaxed);
  if (earliest) next_.store(deadline, std::memory_order_release);
  return earliest;
}

template <class Timing>
bool basic_timer_service<Timing>::arm(timer_record* record, std::int64_t deadline) {
  std::lock_guard lock(mutex_);
  wheel_.arm(record, deadline);
  return note_earliest(deadline);
}

template <class Timing>
bool basic_timer_service<Timing>::arm(timer_record* record, std::int64_t deadline, reference& id) {
  std::lock_guard lock(mutex_);
  record->owner = id.words[0];
  record->owner_serial = id.words[1];
  record->count = count_of(id);
  enter(record);
  id.words[4] = record->place;
  wheel_.arm(record, deadline);
  return note_earliest(deadline);
}

template <class Timing>
bool basic_timer_service<Timing>::cancel(timer_record* record) noexcept {
  std::lock_guard lock(mutex_);
  if (!record->armed()) return false;
  wheel_.cancel(record);
  detach(record);
  return true;
}

template <class Timing>
timer_record* basic_timer_service<Timing>::cancel(const reference& id, std::int64_t now,
                                                  std::int64_t& left) noexcept {
  std::lock_guard lock(mutex_);
  timer_record* record = find(id);
  if (record == nullptr) return nullptr;
  left = record->deadline_ns - now;
  wheel_.cancel(record);
  detach(record);
  return record;
}

template <class Timing>
std::int64_t basic_timer_service<Timing>::left(const reference& id, std::int64_t now) noexcept {
  std::lock_guard lock(mutex_);
  const timer_record* record = find(id);
  if (record == nullptr) return -1;
  const std::int64_t left = record->deadline_ns - now;
  return left < 0 ? 0 : left;
}

template <class Timing>
void basic_timer_service<Timing>::forget(pid target) noexcept {
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
  while (ended != nullptr) Timing::end(timing::record_of(std::exchange(ended, ended->following())));
}

// Asks for all memory that detaching and firing will touch, while nothing waits for it yet.
template <class Timing>
void basic_timer_service<Timing>::fetch_ahead(timer_node* due) const noexcept {
  for (timer_node* n = due; n != nullptr; n = n->following()) {
    const timer_record& record = *timing::record_of(n);
    if (record.place != 0) __builtin_prefetch(&at(record.place), 1);
    __builtin_prefetch(record.what, 1);
  }
  for (timer_node* n = due; n != nullptr; n = n->following()) {
    const std::uint32_t number = timing::record_of(n)->place;
    if (number == 0) continue;
    const place& mine = at(number);
    if (mine.previous != 0) __builtin_prefetch(&at(mine.previous), 1);
    if (mine.next != 0) __builtin_prefetch(&at(mine.next), 1);
  }
}

template <class Timing>
std::size_t basic_timer_service<Timing>::fire_due(node_core& core, std::int64_t now) noexcept {
  if (firing_.exchange(true, std::memory_order_acquire)) return 0;
  timer_node* due = nullptr;
  {
    std::lock_guard lock(mutex_);
    due = wheel_.expire(now, batch);
    fetch_ahead(due);
    for (timer_node* n = due; n != nullptr; n = n->following()) detach(timing::record_of(n));
    note_next();
  }
  std::size_t fired = 0;
  while (due != nullptr) {
    timer_record* record = timing::record_of(due);
    due = due->following();
    ++fired;
    Timing::fire(core, record);
  }
  firing_.store(false, std::memory_order_release);
  return fired;
}

template <class Timing>
bool basic_timer_service<Timing>::fire_one(node_core& core, std::int64_t now,
                                           std::uint32_t (*pick)(void*, std::uint32_t),
                                           void* user) noexcept {
  constexpr std::size_t most = 8;
  timer_node* due[most];
  timer_record* record = nullptr;
  {
    std::lock_guard lock(mutex_);
    const std::size_t count = wheel_.due(now, due, most);
    if (count != 0) {
      record = timing::record_of(due[pick(user, static_cast<std::uint32_t>(count))]);
      wheel_.cancel(record);
      detach(record);
    }
    note_next();
  }
  if (record == nullptr) return false;
  Timing::fire(core, record);
  return true;
}

template <class Timing>
bool basic_timer_service<Timing>::has_due(std::int64_t now) noexcept {
  if (next_deadline() > now) return false;
  timer_node* due[1];
  std::lock_guard lock(mutex_);
  if (wheel_.due(now, due, 1) != 0) return true;
  note_next();
  return false;
}

template <class Timing>
void basic_timer_service<Timing>::restart(std::int64_t now) noexcept {
  std::lock_guard lock(mutex_);
  wheel_.restart(now);
  note_next();
}

template <class Timing>
void basic_timer_service<Timing>::note_next() noexcept {
  next_.store(wheel_.size() == 0 ? never : wheel_.next_deadline(), std::memory_order_release);
}

template <class Timing>
std::size_t basic_timer_service<Timing>::size() noexcept {
  std::lock_guard lock(mutex_);
  return wheel_.size();
}

template <class Timing>
void basic_timer_service<Timing>::clear() noexcept {
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
    while (ended != nullptr)
      Timing::end(timing::record_of(std::exchange(ended, ended->following())));
  }
}

}  // namespace beamish::inline v0::detail
