// SPDX-License-Identifier: Apache-2.0
// Where workers sleep when there is nothing to do, and where they are woken: the whole protocol
// between "I found nothing" and "there is something", in one word.
//
//   // a worker                                    // whoever makes work
//   auto key = lot.prepare();                      queue.push(item);   // an ordered publication
//   if (queues_have_work()) lot.cancel();          lot.notify_one();
//   else lot.commit(key, -1);
//   // and in each case looks at the queues again
//
// Guarantee: work that was published by a sequentially consistent operation before notify_one is
// either seen by a worker's look between prepare and commit, or that worker's commit returns, or
// another worker was woken for it. No wake-up is lost, and no worker sleeps beside a pending one.
// Threads: everything may be called by any thread; prepare is followed by exactly one of cancel or
// commit on the same thread. At most 65,535 threads may be in between at once.
// Failure: nothing throws, allocates or reads a clock.
#pragma once

#include <climits>
#include <cstdint>

#include "beamish/runtime/atomics.hpp"

namespace beamish::inline v0::detail {

// The word counts the threads between prepare and their return: `waiting` ones (upper half) have
// not been notified, and each of the `tokens` (lower half) is a notification that one of them will
// take. Tokens belong to nobody: whoever comes first takes one, and the one that the kernel woke
// for it goes back to sleep. A thread that leaves without a token leaves as one that waited, so a
// token can only be left over for a thread that is still there to take it.
template <class A = std_atomics>
class basic_parking {
 public:
  using key = std::uint64_t;

  basic_parking() = default;
  basic_parking(const basic_parking&) = delete;
  basic_parking& operator=(const basic_parking&) = delete;

  // Announces the intent to sleep. After it the caller looks at every queue again.
  key prepare() { return word_.fetch_add(one_waiting, std::memory_order_seq_cst) + one_waiting; }

  // Takes the announcement back: work was found after prepare.
  void cancel() { leave(word_.load(std::memory_order_relaxed)); }

  // Sleeps unless somebody was notified since prepare; `timeout_ns` < 0 means for ever. True if
  // notified, false when the time ran out or, with a timeout, on an early return of the kernel.
  bool commit(key prepared, std::int64_t timeout_ns) {
    std::uint32_t seen = static_cast<std::uint32_t>(prepared);
    for (;;) {
      if (tokens(seen) > 0) {
        if (replace(seen, seen - one_token)) return true;
        continue;
      }
      A::futex_wait(word_, seen, timeout_ns);
      seen = word_.load(std::memory_order_acquire);
      // The time that is left is the caller's business, who may read the clock.
      if (timeout_ns >= 0 && tokens(seen) == 0) return leave(seen);
    }
  }

  // Wakes one sleeper. True if one was or will be woken by this call; one load when nobody sleeps.
  bool notify_one() {
    std::uint32_t seen = word_.load(std::memory_order_seq_cst);
    while (waiting(seen) > 0) {
      if (replace(seen, seen - one_waiting + one_token)) {
        A::futex_wake(word_, 1);
        return true;
      }
    }
    return false;
  }

  void notify_all() {
    std::uint32_t seen = word_.load(std::memory_order_seq_cst);
    while (waiting(seen) > 0) {
      if (replace(seen, tokens(seen) + waiting(seen))) {
        A::futex_wake(word_, INT_MAX);
        return;
      }
    }
  }

  // How many threads are asleep or about to be, without those already notified. Approximate.
  std::uint32_t sleepers() const { return waiting(word_.load(std::memory_order_relaxed)); }

  // How many were notified and have not returned yet. Approximate.
  std::uint32_t waking() const { return tokens(word_.load(std::memory_order_relaxed)); }

 private:
  static constexpr std::uint32_t one_token = 1;
  static constexpr std::uint32_t one_waiting = 1U << 16;

  static std::uint32_t tokens(std::uint32_t word) { return word & (one_waiting - 1); }
  static std::uint32_t waiting(std::uint32_t word) { return word >> 16; }

  bool replace(std::uint32_t& seen, std::uint32_t next) {
    return word_.compare_exchange_weak(seen, next, std::memory_order_seq_cst,
                                       std::memory_order_seq_cst);
  }

  // Leaves as one that waited if such a one is counted, so that a pending token stays for a thread
  // that still sleeps; otherwise every one that is counted was notified, this one too. True if so.
  bool leave(std::uint32_t seen) {
    for (;;) {
      const bool notified = waiting(seen) == 0;
      if (replace(seen, seen - (notified ? one_token : one_waiting))) return notified;
    }
  }

  typename A::template atomic<std::uint32_t> word_{0};
};

using parking = basic_parking<>;

}  // namespace beamish::inline v0::detail
