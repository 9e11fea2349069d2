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
#include <vector>

#include "beamish/runtime/signal.hpp"
#include "beamish/runtime/timer_wheel.hpp"
#include "beamish/term/identifiers.hpp"

namespace beamish::inline v0::detail {

struct node_core;

// What is needed to fire a timer that carries a message: one cache line. A million timers are
// walked in the order of deadlines, which is not that of their addresses: each line is a miss.
struct timer_links : timer_node {
  pid target;               // empty: look up `name`, if there is one
  std::uint32_t place = 0;  // where the service keeps it; 0: nowhere, it has no id
  signal* carried = nullptr;
  std::string* name = nullptr;  // owned by the record
};
static_assert(sizeof(timer_links) == 64);

// Allocated from the pool by whoever arms it. When it fires it travels itself (a wait timeout) or
// sends what it carries.
struct timer_record : timer_links, signal {
  explicit timer_record(const signal_type& t) noexcept : signal(t) {}
  ~timer_record() {
    if (name != nullptr) delete name;
  }
  reference id;  // who armed it, which one, and its place; empty for wait timeouts
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
  // Takes the record. True if this is now the earliest deadline: somebody must wake to see it. If
  // the record has an id, `id` gets it with its place: by that it is found again.
  bool arm(timer_record* record, std::int64_t deadline, reference* id = nullptr);
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
  // Where a timer with an id is found: the last word of its id counts these from 1. They also chain
  // all timers to one process, and the free places. Records are not touched for that: they are
  // eight times as large, and most of them cold.
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
  void enter(timer_record* record);            // gives it a place
  void detach(timer_record* record) noexcept;  // takes the place back
  void note_next() noexcept;
  void fetch_ahead(const timer_node* due) const noexcept;
  static void fire(node_core& core, timer_record* record) noexcept;

  std::mutex mutex_;
  timer_wheel wheel_;
  std::vector<place> places_;
  std::uint32_t free_ = 0;                                      // the first free place
  std::unordered_map<pid, std::uint32_t, pid_hash> by_target_;  // the first place of its list
  std::atomic<std::int64_t> next_{never};
};

}  // namespace beamish::inline v0::detail
