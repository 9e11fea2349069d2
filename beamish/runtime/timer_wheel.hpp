// SPDX-License-Identifier: Apache-2.0
// Many timers, cheap to arm and to cancel: a wheel with a tick of 1 ms and a slot for each of the
// next 4,096 ticks at least, and coarser wheels above it, over nodes that the caller owns.
//
//   const std::int64_t now = 0;    // in nanoseconds, from any origin
//   timer_wheel wheel(now);
//   timer_node node;
//   wheel.arm(&node, now + 5'000'000);
//   wheel.next_deadline()          //=> now + 5'000'000
//   wheel.expire(now + 4'999'999)  //=> nullptr
//   wheel.expire(now + 5'000'000)  //=> &node
//
// Guarantees: a timer never fires before its deadline, to the nanosecond; one expire gives what is
// due by deadline, then by order of arming. Any deadline is allowed, also one that has passed.
// Cost: arm and cancel are O(1); a timer of up to four seconds is touched when it is armed and when
// it is due, one of two years five times in between. Those of one coarse slot move down a thousand
// at a time, so that no expire takes long because many timers lie far ahead.
// Threads: none; the owner holds a lock. Nothing throws or allocates.
#pragma once

#include <cstddef>
#include <cstdint>

#include "beamish/runtime/slot_ring.hpp"

namespace beamish::inline v0::detail {

struct wheel_links {
  wheel_links* next = nullptr;
  wheel_links* prev = nullptr;
};

struct timer_node : wheel_links {
  std::int64_t deadline_ns = 0;  // absolute, on the clock of the wheel's owner
  std::uint64_t order = 0;       // grows with each arming; breaks ties

  bool armed() const { return prev != nullptr; }
  // In what expire returns.
  timer_node* following() const { return static_cast<timer_node*>(next); }
};

class timer_wheel {
 public:
  static constexpr std::int64_t tick_ns = 1'000'000;
  static constexpr std::int64_t never = INT64_MAX;

  // REQUIRES: now_ns >= 0.
  explicit timer_wheel(std::int64_t now_ns);
  timer_wheel(const timer_wheel&) = delete;
  timer_wheel& operator=(const timer_wheel&) = delete;

  // REQUIRES: the node is not armed, and stays where it is until it is cancelled or expired.
  void arm(timer_node* node, std::int64_t deadline_ns);

  // REQUIRES: the node is armed, in this wheel.
  void cancel(timer_node* node);

  // Unlinks the timers with a deadline of at most `now_ns`, the first `most` of them, and returns
  // them by deadline, then by order of arming, linked by `next`. A clock that stands still or goes
  // back is harmless. Read `next` of a node before arming it again.
  timer_node* expire(std::int64_t now_ns, std::size_t most = SIZE_MAX);

  // For who fires one at a time: notes in `out` at most `most` timers that are due at `now_ns`, in
  // order, and leaves them armed; returns how many. Moves the wheel on as expire does.
  std::size_t due(std::int64_t now_ns, timer_node** out, std::size_t most);

  // Begins anew on another clock. REQUIRES: nothing is armed, now_ns >= 0.
  void restart(std::int64_t now_ns);

  // When to call expire: at most the earliest deadline, and so that a call at that time either
  // yields a timer or moves this value on; `never` if no timer is armed. It is the exact deadline
  // unless the next slot is crowded. Who would rather wake once for each tick rounds it up.
  std::int64_t next_deadline() const;

  std::size_t size() const { return size_; }

 private:
  // Level 0 has a slot for each tick of two blocks; above it a slot is a block of 2^12 ticks, then
  // 64 times as much from level to level: 4 s, 4 min, 5 h, 12 days, 2 years.
  static constexpr int block_bits = 12;
  static constexpr int digit_bits = 6;
  static constexpr int levels = 6;
  static constexpr int near_slots = 2 << block_bits;
  static constexpr int far_slots = 2 << digit_bits;
  static constexpr int current_list = near_slots + (levels - 1) * far_slots;  // due or soon, sorted
  static constexpr int fresh_list = current_list + 1;  // of the current tick, not sorted in yet
  static constexpr int lists = current_list + 2;
  static constexpr std::size_t crowd = 8;    // so many are looked at for an exact deadline
  static constexpr std::size_t step = 1024;  // so many move down at a time

  static int shift(int level);
  int list_of(int level, std::int64_t index) const;
  std::int64_t own(int level) const;
  std::int64_t first_index(int level) const;
  std::int64_t wake_up(int level) const;
  void occupy(int list);
  void vacate(int list);
  void file(timer_node* node);
  void append(int list, timer_node* node);
  timer_node* take_all(int list);
  void settle(std::int64_t now_ns);
  std::size_t move_down(int list, std::size_t most);
  void move_some_down();
  bool advance(std::int64_t target);
  std::int64_t next_stop() const;

  wheel_links heads_[lists];  // sentinels of circular lists
  slot_ring<near_slots> near_;
  slot_ring<far_slots> far_[levels - 1];
  std::int64_t tick_;                  // no timer with an earlier tick is left in a slot
  std::int64_t fresh_min_ns_ = never;  // not above the earliest deadline of the fresh list
  std::uint64_t next_order_ = 0;
  std::size_t size_ = 0;
};

}  // namespace beamish::inline v0::detail
