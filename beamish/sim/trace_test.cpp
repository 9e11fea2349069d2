// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/trace.hpp"

#include <doctest/doctest.h>

using namespace beamish;

TEST_CASE("processes are named by the order of their birth on their node") {
  sim::trace t(true);
  const pid a{900, 5, 0}, b{900, 2, 7}, far{17, 5, 0};
  for (const pid& p : {a, b, far}) t.born(p, "");
  CHECK(t.name(a) == "p1");
  CHECK(t.name(b) == "p2");
  CHECK(t.name(far) == "p1@2");
  CHECK(t.name(pid{}) == "-");
  CHECK(t.name(pid{900, 2, 6}) == "-");
  t.event(3, 1'500'000'000, "send", a, far, "ping");
  t.event(4, 2, "run", b, pid{}, "");
  CHECK(t.text() == "3 1.500000000 send p1 p1@2 ping\n4 0.000000002 run p2 -\n");
}

TEST_CASE("a process is known by its latest name, and the hash does not see it") {
  sim::trace t(true);
  const std::uint64_t before = t.hash();
  t.born(pid{900, 5, 0}, "first_process");
  t.born(pid{900, 6, 0}, "counter::run");
  t.call(pid{900, 6, 0}, "counter");
  REQUIRE(t.people().size() == 2);
  CHECK(t.people()[0].name == "p1");
  CHECK(t.people()[1].known_as == "counter");
  CHECK(t.hash() == before);
}

TEST_CASE("the hash depends on every part of an event, and not on pids") {
  const auto hash_of = [](std::uint32_t node, std::uint64_t step, std::int64_t at, const char* what,
                          bool swapped, const char* word) {
    sim::trace t(false);
    const pid a{node, 1, 0}, b{node, 2, 0};
    t.born(a, "");
    t.born(b, "");
    t.event(step, at, what, swapped ? b : a, swapped ? a : b, word);
    CHECK(t.text().empty());
    return t.hash();
  };
  const std::uint64_t one = hash_of(1, 1, 1, "send", false, "a_word");
  CHECK(hash_of(2, 1, 1, "send", false, "a_word") == one);
  CHECK(hash_of(1, 2, 1, "send", false, "a_word") != one);
  CHECK(hash_of(1, 1, 2, "send", false, "a_word") != one);
  CHECK(hash_of(1, 1, 1, "arrive", false, "a_word") != one);
  CHECK(hash_of(1, 1, 1, "send", true, "a_word") != one);
  CHECK(hash_of(1, 1, 1, "send", false, "a_worm") != one);
  CHECK(hash_of(1, 1, 1, "send", false, "a_word_that_is_longer") !=
        hash_of(1, 1, 1, "send", false, "a_word_that_is_larger"));
}
