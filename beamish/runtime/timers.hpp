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
// Threads: any. Order: by deadline, then by the order of arming.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <mutex>
#include <string>
#include <unordered_map>

#include "beamish/runtime/signal.hpp"
#include "beamish/runtime/timer_wheel.hpp"
#include "beamish/term/identifiers.hpp"

namespace beamish::inline v0::detail {

struct node_core;

// Allocated from the pool by whoever arms it. When it fires it travels itself (a wait timeout) or
// sends what it carries.
struct timer_record : signal {
  explicit timer_record(const signal_type& t) noexcept : signal(t) { node.record = this; }
  struct armed_node : timer_node {
    timer_record* record = nullptr;
  } node;
  pid owner;     // who armed it
  pid target;    // empty: look up `name`
  reference id;  // what send_after returned; empty for wait timeouts
  signal* carried = nullptr;
  std::uint64_t token = 0;  // which wait this timeout is for
  std::string name;
  timer_record* next_of_target = nullptr;
  timer_record* previous_of_target = nullptr;
};

void discard(timer_record* record) noexcept;  // with what it carries

// REQUIRES: neither is negative. Beyond all clocks is far enough.
constexpr std::int64_t deadline_after(std::int64_t now, std::int64_t delay) noexcept {
  constexpr std::int64_t last = std::numeric_limits<std::int64_t>::max() - 1;
  return delay > last - now ? last : now + delay;
}

class timer_service {
 public:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

  timer_service();
  // Takes the record. True if this is now the earliest deadline: somebody must wake to see it.
  bool arm(timer_record* record, std::int64_t deadline);
  // True if the record was still armed: it then belongs to the caller again.
  bool cancel(timer_record* record) noexcept;
  // By reference: the record and the nanoseconds that were left, or null.
  timer_record* cancel(const reference& id, std::int64_t now, std::int64_t& left) noexcept;
  // Nanoseconds left, or -1 if there is no such timer.
  std::int64_t left(const reference& id, std::int64_t now) noexcept;
  // All timers to a process that has died.
  void forget(pid target) noexcept;
  // Sends what is due; returns how many. May run on any thread, one at a time.
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
  struct key {
    std::uint64_t process, count;
    friend bool operator==(const key&, const key&) = default;
  };
  struct key_hash {
    std::size_t operator()(const key& k) const noexcept {
      return (k.process * 0x9e3779b97f4a7c15ull) ^ (k.count * 0xc2b2ae3d27d4eb4full);
    }
  };
  static key key_of(const reference& r) noexcept;
  static key key_of(const pid& p) noexcept;
  void detach(timer_record* record) noexcept;  // from both indexes
  void note_next() noexcept;
  static void fire(node_core& core, timer_record* record) noexcept;

  std::mutex mutex_;
  timer_wheel wheel_;
  std::unordered_map<key, timer_record*, key_hash> by_reference_;
  std::unordered_map<key, timer_record*, key_hash> by_target_;  // the first of a list
  std::atomic<std::int64_t> next_{never};
};

}  // namespace beamish::inline v0::detail
