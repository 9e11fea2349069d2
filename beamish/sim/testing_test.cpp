// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/testing.hpp"

#include <set>

using namespace beamish;
using namespace std::chrono_literals;

TEST_CASE("a body is played once for each seed, and once in the real world") {
  std::set<std::uint64_t> seeds;
  sim::in_all_worlds([&](sim::world& s) { seeds.insert(s.seed()); });
  const auto todo = sim::detail_testing::seeds_to_run();
  CHECK(seeds.size() == todo.last - todo.first + 1 + (todo.real ? 1 : 0));
  CHECK(seeds.count(0) == (todo.real ? 1 : 0));
}

TEST_CASE("a failed check ends the simulation at its seed" * doctest::should_fail()) {
  // Two at once: the second order comes up in one of the first seeds.
  int worlds = 0;
  sim::in_simulation([&](sim::world& s) -> task<> {
    ++worlds;
    const pid me = self();
    spawn([me] { send(me, 1); });
    spawn([me] { send(me, 2); });
    const int first = co_await receive<int>();
    CHECK(first == 1);
    co_await receive<int>();
    CHECK(s.simulated());
  });
  if (worlds > 30) MESSAGE("it went on after the failure");
}

TEST_CASE("a leftover process fails a test" * doctest::should_fail()) {
  sim::in_simulation([] { spawn([]() -> task<> { co_await receive<int>(); }); });
}

TEST_CASE("the line that repeats a test, with \"quotes\", names seed and program") {
  const std::string line = sim::detail_testing::repeat_line("7");
  CHECK(line.find("repeat: BEAMISH_SEED=7 ") == 0);
  CHECK(line.find("tests -tc=\"the line that repeats a test\\, with \\\"quotes\\\"\\, names") !=
        std::string::npos);
}
