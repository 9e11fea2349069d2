// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/conditions.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>

#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

task<> count(std::shared_ptr<std::atomic<int>> changes) {
  for (int i = 0; i < 6; ++i) {
    ++*changes;
    co_await beamish::sleep(1ms);
  }
}

}  // namespace

TEST_CASE("what came true once need not stay true until its waiter has woken") {
  sim::in_simulation([](sim::world& w) -> task<> {
    const auto changes = std::make_shared<std::atomic<int>>(0);
    spawn(count, changes);
    co_await w.eventually("an odd number", 1s, [&] { return *changes % 2 == 1; });
  });
}
