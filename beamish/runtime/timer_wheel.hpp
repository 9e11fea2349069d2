// SPDX-License-Identifier: Apache-2.0
// Many timers, cheap to arm and to cancel: a hierarchical wheel of 6 levels of 64 slots with a tick
// of 1 ms, over nodes that the caller owns.
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
// Cost: arm and cancel are O(1); a timer moves down a level at most five times, and waits beyond
// the last level while it is more than two years away.
// Threads: none; the owner holds a lock. Nothing throws or allocates.
#pragma once

#include <cstddef>
#include <cstdint>

namespace beamish::inline v0::detail {

struct timer_node {
  timer_node* next = nullptr;
  timer_node* prev = nullptr;
  std::int64_t deadline_ns = 0;  // absolute, on the clock of the wheel's owner
  std::uint64_t order = 0;       // grows with each arming; breaks ties

  bool armed() const { return prev != nullptr; }
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

  // Unlinks every timer with a deadline of at most `now_ns`, and returns them by deadline, then by
  // order of arming, linked by `next`. A clock that stands still or goes back is harmless. Read
  // `next` of a node before arming it again.
  timer_node* expire(std::int64_t now_ns);

  // For who fires one at a time: notes in `out` at most `most` timers that are due at `now_ns`, in
  // order, and leaves them armed; returns how many. Moves the wheel on as expire does.
  std::size_t due(std::int64_t now_ns, timer_node** out, std::size_t most);

  // The clock begins anew. REQUIRES: no timer is armed.
  void restart(std::int64_t now_ns);

  // When to call expire: at most the earliest deadline, and so that a call at that time either
  // yields a timer or moves this value on; `never` if no timer is armed. It is the exact deadline
  // unless the next slot is crowded. Who would rather wake once for each tick rounds it up.
  std::int64_t next_deadline() const;

  std::size_t size() const { return size_; }

 private:
  static constexpr int levels = 6;
  static constexpr int slots_per_level = 64;
  static constexpr int far_list = levels * slots_per_level;  // beyond the range of the last level
  static constexpr int current_list = far_list + 1;          // of the current tick, sorted
  static constexpr int fresh_list = far_list + 2;            // armed for the current tick since
  static constexpr int lists = far_list + 3;
  static constexpr int crowd = 8;  // so many timers are looked at for an exact deadline

  void file(timer_node* node);
  void append(int list, timer_node* node);
  timer_node* take_all(int list);
  void settle(std::int64_t now_ns);
  bool advance(std::int64_t target);
  int first_list() const;
  std::int64_t start_tick(int list) const;

  timer_node heads_[lists];  // sentinels of circular lists
  std::uint64_t occupied_[levels] = {};
  std::int64_t tick_;                  // no timer with an earlier tick is left in a slot
  std::int64_t fresh_min_ns_ = never;  // not above the earliest deadline of the fresh list
  std::uint64_t next_order_ = 0;
  std::size_t size_ = 0;
};

}  // namespace beamish::inline v0::detail
