// SPDX-License-Identifier: Apache-2.0
//
// The timers of a node: messages to be sent later, and the timeouts of waiting processes.
//
//     send_after(100ms, self(), check_tasks{})   // the public form, in timer.hpp
//
// A record is armed, then either cancelled (and belongs to the canceller) or fired (and is on its
// way as a signal): never both. A timer to a pid ends with that process; a timer to a name looks
// the name up when it fires. Nothing fires early.
//
// Threads: any. Order: by deadline, then by the order of arming; a simulated world fires what is
// due in any order, for nobody may rely on it.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "beamish/runtime/timer_record.hpp"

namespace beamish::inline v0::detail {

struct node_core;

void discard(timer_record* record) noexcept;  // with the signal

// REQUIRES: neither is negative. Beyond all clocks is far enough.
constexpr std::int64_t deadline_after(std::int64_t now, std::int64_t delay) noexcept {
  constexpr std::int64_t last = std::numeric_limits<std::int64_t>::max() - 1;
  return delay > last - now ? last : now + delay;
}

// How timers of the real world lock, and what becomes of one that fires. Tests bring their own, to
// run the same code in every order (timers_interleave_test.cpp).
struct real_timing {
  template <class T>
  using atomic = std::atomic<T>;
  using mutex = std::mutex;
  // Nobody but the receiver may look at the record afterwards.
  static void fire(node_core& core, timer_record* record) noexcept;
  static void end(timer_record* record) noexcept { discard(record); }
};

template <class Timing>
class basic_timer_service {
 public:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

  basic_timer_service() : wheel_(0) {}
  // Takes the record. True if this is now the earliest deadline: somebody must wake to see it.
  bool arm(timer_record* record, std::int64_t deadline);
  // The same for one with an id, of this node: `id` gets its place, by which it is found again.
  // Throws bad_alloc before any effect.
  bool arm(timer_record* record, std::int64_t deadline, reference& id);
  // True if the record was still armed: it then belongs to the caller again.
  bool cancel(timer_record* record) noexcept;
  // By reference: the record and the nanoseconds that were left, or null.
  timer_record* cancel(const reference& id, std::int64_t now, std::int64_t& left) noexcept;
  // Nanoseconds left, or -1 if there is no such timer.
  std::int64_t left(const reference& id, std::int64_t now) noexcept;
  // All timers to a process that has died.
  void forget(pid target) noexcept;
  // Sends what is due, at most so many: what they touch stays in the cache until their receivers
  // have run. Returns how many; none while another thread is at it, or they would overtake its.
  static constexpr std::size_t batch = 256;
  std::size_t fire_due(node_core& core, std::int64_t now) noexcept;
  // The same, one at a time, for a simulated world: `pick(user, count)` says which of `count` due
  // ones. False if none is due.
  bool fire_one(node_core& core, std::int64_t now, std::uint32_t (*pick)(void*, std::uint32_t),
                void* user) noexcept;
  bool has_due(std::int64_t now) noexcept;
  // For a node that begins on another clock. REQUIRES: nothing is armed.
  void restart(std::int64_t now) noexcept;
  std::int64_t next_deadline() const noexcept { return next_.load(std::memory_order_acquire); }
  std::size_t size() noexcept;
  void clear() noexcept;

 private:
  // Where a timer with an id is found: the last word of its id counts these from 1. They also chain
  // all timers to one process, and the free places. Records are not touched for that: they are
  // eight times as large, and most of them not in the cache.
  struct place {
    timer_record* record = nullptr;
    std::uint32_t previous = 0;
    std::uint32_t next = 0;
  };
  struct pid_hash {
    std::size_t operator()(const pid& p) const noexcept {
      const std::uint64_t words = (std::uint64_t{p.id} << 32) | p.serial;
      return (words * 0x9e3779b97f4a7c15ull) ^ p.node;
    }
  };
  place& at(std::uint32_t number) noexcept { return places_[number - 1]; }
  const place& at(std::uint32_t number) const noexcept { return places_[number - 1]; }
  timer_record* find(const reference& id) noexcept;
  bool note_earliest(std::int64_t deadline) noexcept;
  void enter(timer_record* record);            // gives it a place
  void detach(timer_record* record) noexcept;  // takes the place back
  void note_next() noexcept;
  void fetch_ahead(timer_node* due) const noexcept;

  typename Timing::mutex mutex_;
  typename Timing::template atomic<bool> firing_{false};
  timer_wheel wheel_;
  std::vector<place> places_;
  std::uint32_t free_ = 0;                                      // the first free place
  std::unordered_map<pid, std::uint32_t, pid_hash> by_target_;  // the first place of its list
  typename Timing::template atomic<std::int64_t> next_{never};
};

using timer_service = basic_timer_service<real_timing>;
extern template class basic_timer_service<real_timing>;

}  // namespace beamish::inline v0::detail
