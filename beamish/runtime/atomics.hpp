// SPDX-License-Identifier: Apache-2.0
// The policy by which lock-free parts of the runtime reach atomics and futexes, so that the same
// code runs on the machine and under the interleaving explorer of the tests.
//
//   template <class A = std_atomics> class flag {
//     typename A::template atomic<std::uint32_t> word_{0};
//    public:
//     void wait() { while (word_.load() == 0) A::futex_wait(word_, 0, -1); }
//     void set() { word_.exchange(1); A::futex_wake(word_, 1); }
//   };
//
// Threads: both futex functions may be called from any thread. They order nothing by themselves:
// what a sleeper may rely on is ordered by the atomic operations around them. Neither allocates,
// throws, or reads a clock.
#pragma once

#include <atomic>
#include <cstdint>

namespace beamish::inline v0::detail {

struct std_atomics {
  template <class T>
  using atomic = std::atomic<T>;

  // Sleeps while `word` holds `expected`, until a wake or until `timeout_ns` (relative, < 0: for
  // ever) has passed. False only when the time ran out; true may be spurious.
  static bool futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                         std::int64_t timeout_ns);

  // Wakes at most `count` sleepers of `word`.
  static void futex_wake(std::atomic<std::uint32_t>& word, int count);
};

}  // namespace beamish::inline v0::detail
