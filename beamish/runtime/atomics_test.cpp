// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/atomics.hpp"

#include <doctest/doctest.h>

#include <climits>
#include <thread>

using beamish::detail::std_atomics;

TEST_CASE("futex: a word that has changed is not waited for") {
  std::atomic<std::uint32_t> word{1};
  CHECK(std_atomics::futex_wait(word, 0, -1));
}

TEST_CASE("futex: a wait with a limit ends by itself and says so") {
  std::atomic<std::uint32_t> word{0};
  // A wait may also return early, so the answer "time is up" is waited for.
  while (std_atomics::futex_wait(word, 0, 1000)) {
  }
  CHECK(word.load() == 0);
}

TEST_CASE("futex: a wake reaches every sleeper") {
  std::atomic<std::uint32_t> word{0};
  std::atomic<int> woken{0};
  const auto sleeper = [&] {
    while (word.load() == 0) std_atomics::futex_wait(word, 0, -1);
    woken.fetch_add(1);
  };
  std::thread first(sleeper);
  std::thread second(sleeper);
  word.exchange(1);
  std_atomics::futex_wake(word, INT_MAX);
  first.join();
  second.join();
  CHECK(woken.load() == 2);
}
