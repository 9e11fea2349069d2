// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/agenda.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace beamish;

TEST_CASE("an agenda keeps the order in which events became possible") {
  sim::agenda a;
  for (std::uint32_t i = 0; i < 5; ++i) a.add({.channel = i, .lane = 10 + i}, i);
  CHECK(a.take(1).channel == 1);
  CHECK(a.take(0).channel == 0);
  a.add({.channel = 9, .lane = 19}, 7);
  REQUIRE(a.size() == 4);
  CHECK(a.at(0).channel == 2);
  CHECK(a.at(0).since == 2);
  CHECK(a.at(3).channel == 9);
  CHECK(a.at(3).lane == 19);
  CHECK(a.at(1).lane == 13);
}

TEST_CASE("an agenda holds back what is for later, each until its time") {
  sim::agenda a;
  a.add_later(30, {.channel = 3});
  a.add_later(10, {.channel = 1});
  a.add_later(20, {.channel = 2});
  CHECK(a.size() == 0);
  CHECK_FALSE(a.empty());
  CHECK(a.next_time() == 10);
  a.reach(9, 1);
  CHECK(a.size() == 0);
  a.reach(20, 4);
  REQUIRE(a.size() == 2);
  CHECK(a.at(0).channel == 1);
  CHECK(a.at(1).since == 4);
  CHECK(a.next_time() == 30);
  a.reach(100, 5);
  CHECK(a.size() == 3);
  CHECK(a.next_time() == sim::agenda::never);
}

TEST_CASE("a long agenda loses nothing and doubles nothing") {
  sim::agenda a;
  for (std::uint32_t i = 0; i < 2000; ++i) a.add({.channel = i, .lane = i}, i);
  std::set<std::uint32_t> seen;
  while (a.size() != 0) {
    const std::uint32_t which = (a.size() * 7) / 11;
    const std::uint64_t lane = a.at(which).lane;
    const sim::event e = a.take(which);
    CHECK(lane == e.lane);
    seen.insert(e.channel);
  }
  CHECK(seen.size() == 2000);
}
