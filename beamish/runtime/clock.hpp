// SPDX-License-Identifier: Apache-2.0
//
// What time it is, and a random number: for processes that shall behave alike in a simulated world.
//
// ```cpp
// auto begin = monotonic_time();
// co_await sleep(std::chrono::milliseconds(20));
// (monotonic_time() - begin >= std::chrono::milliseconds(20));    //=> true
// random_number() == random_number();                             //=> false
// (system_time() > std::chrono::system_clock::from_time_t(0));    //=> true
// ```
//
// Guarantees: the monotonic clock never goes back and is the one of all timers and timeouts; the
// system's clock may jump either way, and does so in a simulated world that is told to. There all
// three belong to the run: the same seed gives the same times and numbers.
//
// Threads: any; on one that runs no process they are the machine's. Units: std::chrono; 64 random
// bits, good for jitter and choices, not for secrets. Errors: none. Mirrors
// System.monotonic_time/0, System.system_time/0 and :rand.uniform/1. When not to use it: to wait
// (sleep, send_after), or for keys (ask the system).
#pragma once

#include <chrono>
#include <cstdint>

namespace beamish::inline v0 {

// Since some moment of the past.
std::chrono::nanoseconds monotonic_time() noexcept;
std::chrono::system_clock::time_point system_time() noexcept;
std::uint64_t random_number() noexcept;

}  // namespace beamish::inline v0
