// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/timers.hpp"

#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/memory_access.hpp"
#include "beamish/runtime/node_core.hpp"

namespace beamish::inline v0::detail {

namespace {
timer_record* record_of(timer_node* node) noexcept {
  return static_cast<timer_record::armed_node*>(node)->record;
}
}  // namespace

void discard(timer_record* record) noexcept {
  if (record->carried != nullptr) {
    drop_context(*record->carried);
    record->carried->type->dispose(record->carried);
  }
  pool_delete(record);
}

timer_service::timer_service() : wheel_(0) {}

timer_service::key timer_service::key_of(const reference& r) noexcept {
  return {(std::uint64_t{r.words[0]} << 32) | r.words[1],
          (std::uint64_t{r.words[2]} << 32) | r.words[3]};
}
timer_service::key timer_service::key_of(const pid& p) noexcept {
  return {p.node, (std::uint64_t{p.id} << 32) | p.serial};
}

bool timer_service::arm(timer_record* record, std::int64_t deadline) {
  std::lock_guard lock(mutex_);
  if (record->id) {
    by_reference_.emplace(key_of(record->id), record);
    if (record->target) {
      const auto [at, first] = [&] {
        try {
          return by_target_.try_emplace(key_of(record->target), record);
        } catch (...) {
          by_reference_.erase(key_of(record->id));
          throw;
        }
      }();
      if (!first) {
        record->next_of_target = at->second;
        at->second->previous_of_target = record;
        at->second = record;
      }
    }
  }
  wheel_.arm(&record->node, deadline);
  const bool earliest = deadline < next_.load(std::memory_order_relaxed);
  if (earliest) next_.store(deadline, std::memory_order_release);
  return earliest;
}

void timer_service::detach(timer_record* record) noexcept {
  if (!record->id) return;
  by_reference_.erase(key_of(record->id));
  if (!record->target) return;
  if (record->next_of_target != nullptr) {
    record->next_of_target->previous_of_target = record->previous_of_target;
  }
  if (record->previous_of_target != nullptr) {
    record->previous_of_target->next_of_target = record->next_of_target;
  } else if (record->next_of_target != nullptr) {
    by_target_.find(key_of(record->target))->second = record->next_of_target;
  } else {
    by_target_.erase(key_of(record->target));
  }
}

bool timer_service::cancel(timer_record* record) noexcept {
  std::lock_guard lock(mutex_);
  if (!record->node.armed()) return false;
  wheel_.cancel(&record->node);
  detach(record);
  return true;
}

timer_record* timer_service::cancel(const reference& id, std::int64_t now,
                                    std::int64_t& left) noexcept {
  std::lock_guard lock(mutex_);
  auto at = by_reference_.find(key_of(id));
  if (at == by_reference_.end()) return nullptr;
  timer_record* record = at->second;
  left = record->node.deadline_ns - now;
  wheel_.cancel(&record->node);
  detach(record);
  return record;
}

std::int64_t timer_service::left(const reference& id, std::int64_t now) noexcept {
  std::lock_guard lock(mutex_);
  auto at = by_reference_.find(key_of(id));
  if (at == by_reference_.end()) return -1;
  const std::int64_t left = at->second->node.deadline_ns - now;
  return left < 0 ? 0 : left;
}

void timer_service::forget(pid target) noexcept {
  timer_record* ended = nullptr;
  {
    std::lock_guard lock(mutex_);
    auto at = by_target_.find(key_of(target));
    while (at != by_target_.end()) {
      timer_record* record = at->second;
      wheel_.cancel(&record->node);
      detach(record);
      record->next_of_target = ended;
      ended = record;
      at = by_target_.find(key_of(target));
    }
  }
  while (ended != nullptr) {
    timer_record* next = ended->next_of_target;
    discard(ended);
    ended = next;
  }
}

std::size_t timer_service::fire_due(node_core& core, std::int64_t now) noexcept {
  timer_node* due = nullptr;
  {
    std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return 0;  // somebody else is at it
    due = wheel_.expire(now);
    for (timer_node* n = due; n != nullptr; n = n->next) detach(record_of(n));
    note_next();
  }
  std::size_t fired = 0;
  while (due != nullptr) {
    timer_record* record = record_of(due);
    due = due->next;
    ++fired;
    fire(core, record);
  }
  return fired;
}

void timer_service::fire(node_core& core, timer_record* record) noexcept {
  // A wait timeout travels itself; nobody but its process may still look at it.
  if (record->carried == nullptr) return deliver(record->target, record->target, record);
  const pid to = record->target ? record->target : core.names.find(record->name);
  signal* message = std::exchange(record->carried, nullptr);
  if (to) {
    deliver(record->owner, to, message);
  } else {
    message->type->dispose(message);
  }
  discard(record);
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
      wheel_.cancel(&record->node);
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
  // Wait timeouts and timers to pids ended with their processes: what is left goes to names.
  for (;;) {
    timer_record* record = nullptr;
    {
      std::lock_guard lock(mutex_);
      // unordered: all of them go, and nobody is told.
      auto at = by_reference_.begin();
      if (at == by_reference_.end()) return note_next();
      record = at->second;
      wheel_.cancel(&record->node);
      detach(record);
    }
    discard(record);
  }
}

}  // namespace beamish::inline v0::detail
