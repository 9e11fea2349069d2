// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/atomics.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace beamish::inline v0::detail {

// The kernel is given the address of the atomic itself.
static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

bool std_atomics::futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                             std::int64_t timeout_ns) {
  constexpr std::int64_t second = 1'000'000'000;
  timespec relative{};
  if (timeout_ns >= 0) {
    relative.tv_sec = static_cast<time_t>(timeout_ns / second);
    relative.tv_nsec = static_cast<long>(timeout_ns % second);
  }
  const long result = ::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected,
                                timeout_ns < 0 ? nullptr : &relative, nullptr, 0);
  return result == 0 || errno != ETIMEDOUT;
}

void std_atomics::futex_wake(std::atomic<std::uint32_t>& word, int count) {
  ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

}  // namespace beamish::inline v0::detail
