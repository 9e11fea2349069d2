// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/conditions.hpp"

#include <doctest/doctest.h>

#include <atomic>

#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

TEST_CASE("what came true once need not stay true until its waiter has woken") {
  sim::in_simulation([](sim::world& w) -> task<> {
    std::atomic<int> changes = 0;
    spawn([&changes]() -> task<> {
      for (int i = 0; i < 6; ++i) {
        ++changes;
        co_await beamish::sleep(1ms);
      }
    });
    co_await w.eventually("an odd number", 1s, [&] { return changes % 2 == 1; });
  });
}
