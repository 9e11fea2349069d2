// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/clock.hpp"

#include <doctest/doctest.h>

#include <set>

#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

TEST_CASE("a sleep takes at least its time by the monotonic clock, exactly that in a simulation") {
  sim::in_all_worlds([](sim::world& w) -> task<> {
    const auto begin = monotonic_time();
    co_await beamish::sleep(20ms);
    const auto took = monotonic_time() - begin;
    CHECK(took >= 20ms);
    if (w.simulated()) CHECK(took == 20ms);
  });
}

TEST_CASE("clocks and random numbers of a simulated process belong to its seed") {
  const auto said_at = [](std::uint64_t seed) {
    std::pair<std::uint64_t, std::int64_t> said;
    sim::run_in_simulation(sim::launcher_of([&said] {
                             said = {random_number(), system_time().time_since_epoch().count()};
                           }),
                           {}, seed);
    return said;
  };
  std::set<std::uint64_t> numbers;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto first = said_at(seed);
    CHECK(first == said_at(seed));
    numbers.insert(first.first);
  }
  CHECK(numbers.size() == 20);
}

TEST_CASE("outside of processes the clocks are the machine's") {
  CHECK(random_number() != random_number());
  CHECK(system_time() > std::chrono::system_clock::from_time_t(1'700'000'000));
  const auto first = monotonic_time();
  CHECK(monotonic_time() >= first);
}
