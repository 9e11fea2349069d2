// SPDX-License-Identifier: Apache-2.0
// The queue of ready things that belongs to one worker: a ring in order of arrival, from which
// other workers steal half, and one slot for the thing that should run next.
//
//   run_queue<job> mine;
//   if (job* displaced = mine.exchange_lifo(j)) mine.push(displaced);
//   job* next = mine.exchange_lifo(nullptr);
//   if (!next) next = mine.pop();
//
// Threads: push, pop and take_half belong to the owner; steal_half_into is called on the victim by
// the thread that owns `mine`; exchange_lifo, has_lifo and size may be called by anyone.
// Order: the ring is first in, first out, for its owner and for each thief.
// Failure: nothing throws or allocates; push answers false when the ring is full.
// Wake-ups: push and exchange_lifo publish by a sequentially consistent read-modify-write, and size
// and has_lifo read in that same order. So whoever pushes and then looks for sleepers, and whoever
// announces sleep and then looks at the queues, cannot both miss each other.
#pragma once

#include <cstddef>
#include <cstdint>

#include "beamish/runtime/atomics.hpp"

namespace beamish::inline v0::detail {

template <class T, class A = std_atomics, std::size_t Capacity = 256>
class run_queue {
  static_assert(Capacity >= 2 && (Capacity & (Capacity - 1)) == 0, "a power of two");

 public:
  static constexpr std::size_t capacity = Capacity;

  run_queue() = default;
  run_queue(const run_queue&) = delete;
  run_queue& operator=(const run_queue&) = delete;

  // Owner only. False when the ring is full: then move half of it elsewhere with take_half.
  bool push(T* item) {
    std::uint64_t tail = 0;
    if (!place(item, tail)) return false;
    tail_.exchange(tail + 1, std::memory_order_seq_cst);
    return true;
  }

  // Owner only. As push, but without the order that a following look for sleepers relies on: for
  // when nobody is going to be notified of this item.
  bool push_quietly(T* item) {
    std::uint64_t tail = 0;
    if (!place(item, tail)) return false;
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  // Owner only. The oldest item of the ring, or nullptr.
  T* pop() {
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    std::uint64_t head = head_.load(std::memory_order_acquire);
    while (head != tail) {
      T* item = slot(head).load(std::memory_order_relaxed);
      if (head_.compare_exchange_weak(head, head + 1, std::memory_order_acq_rel,
                                      std::memory_order_acquire)) {
        return item;
      }
    }
    return nullptr;
  }

  // Moves the older half (rounded up) of this ring into `mine`, as far as there is room, and
  // returns how many items moved. REQUIRES: the caller owns `mine`.
  std::size_t steal_half_into(run_queue& mine) {
    if (this == &mine) return 0;
    const std::uint64_t at = mine.tail_.load(std::memory_order_relaxed);
    const std::uint64_t room = Capacity - (at - mine.head_.load(std::memory_order_acquire));
    const std::uint64_t stolen = claim(room, [&](std::uint64_t i, T* item) {
      mine.slot(at + i).store(item, std::memory_order_relaxed);
    });
    if (stolen > 0) mine.tail_.store(at + stolen, std::memory_order_release);
    return stolen;
  }

  // Owner only. Moves the older half of the ring to `out`, which has room for capacity / 2 items.
  std::size_t take_half(T** out) {
    return claim(Capacity / 2, [out](std::uint64_t i, T* item) { out[i] = item; });
  }

  // Puts `item` into the slot and returns what was there; nullptr takes it out.
  T* exchange_lifo(T* item) { return lifo_.exchange(item, std::memory_order_seq_cst); }

  bool has_lifo() const { return lifo_.load(std::memory_order_seq_cst) != nullptr; }

  // How many items the ring holds, without the slot. Exact for the owner while nobody steals.
  std::size_t size() const {
    const std::uint64_t head = head_.load(std::memory_order_seq_cst);
    const std::uint64_t tail = tail_.load(std::memory_order_seq_cst);
    return tail - head <= Capacity ? static_cast<std::size_t>(tail - head) : Capacity;
  }

 private:
  using slot_type = typename A::template atomic<T*>;

  slot_type& slot(std::uint64_t position) { return ring_[position & (Capacity - 1)]; }

  bool place(T* item, std::uint64_t& tail) {
    tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) >= Capacity) return false;
    slot(tail).store(item, std::memory_order_relaxed);
    return true;
  }

  // Copies the older half, at most `limit` items, then claims it by moving the head past it. The
  // owner overwrites a slot only after it saw the head move past that slot, and then the claim of
  // a slower reader fails, so what it copied in vain is never used.
  template <class Copy>
  std::uint64_t claim(std::uint64_t limit, Copy copy) {
    std::uint64_t head = head_.load(std::memory_order_acquire);
    for (;;) {
      // If the head was read too early, this is too much, and then the claim fails.
      const std::uint64_t held = tail_.load(std::memory_order_acquire) - head;
      const std::uint64_t half = held - held / 2;
      const std::uint64_t count = half < limit ? half : limit;
      if (count == 0) return 0;
      for (std::uint64_t i = 0; i < count; ++i) {
        copy(i, slot(head + i).load(std::memory_order_relaxed));
      }
      if (head_.compare_exchange_strong(head, head + count, std::memory_order_acq_rel,
                                        std::memory_order_acquire)) {
        return count;
      }
    }
  }

  // Head and tail only ever grow; 64 bits, so that no thief can sleep through a whole turn of them.
  // The head has a cache line of its own: thieves and the owner both write it.
  alignas(64) typename A::template atomic<std::uint64_t> head_{0};
  alignas(64) typename A::template atomic<std::uint64_t> tail_{0};
  typename A::template atomic<T*> lifo_{nullptr};
  alignas(64) slot_type ring_[Capacity]{};
};

}  // namespace beamish::inline v0::detail
