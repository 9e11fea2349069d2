// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/oracle.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <vector>

using namespace beamish;

TEST_CASE("an oracle answers alike for the same seed, and remembers") {
  sim::oracle a(42);
  sim::oracle b(42);
  for (std::uint32_t i = 2; i < 100; ++i) {
    const std::uint32_t chosen = a.choose(sim::choice::next, i);
    CHECK(chosen < i);
    CHECK(b.choose(sim::choice::next, i) == chosen);
    CHECK(a.decisions().back() == sim::decision{sim::choice::next, i, chosen});
  }
  CHECK(a.decisions() == b.decisions());
}

TEST_CASE("where there is nothing to choose, nothing is drawn") {
  sim::oracle a(7);
  sim::oracle b(7);
  CHECK(a.choose(sim::choice::timer, 1) == 0);
  CHECK(a.decisions().empty());
  CHECK(a.choose(sim::choice::next, 1000) == b.choose(sim::choice::next, 1000));
}

TEST_CASE("choices are spread evenly, also those of neighbouring seeds") {
  std::array<int, 4> within{}, across{};
  sim::oracle one(1);
  for (std::uint64_t i = 0; i < 4000; ++i) {
    ++within[one.choose(sim::choice::next, 4)];
    ++across[sim::oracle(i).choose(sim::choice::next, 4)];
  }
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(within[i] > 850);
    CHECK(within[i] < 1150);
    CHECK(across[i] > 850);
    CHECK(across[i] < 1150);
  }
}

TEST_CASE("the numbers are those of xoshiro256** on every machine") {
  // The first two outputs for seed 0 are 0x99ec5f36cb75f2b4 and 0xbf6e1f784956452a; a choice takes
  // the upper half of one.
  sim::oracle o(0);
  CHECK(o.choose(sim::choice::next, 1u << 31) == 0x99ec5f36u >> 1);
  CHECK(o.choose(sim::choice::next, 1u << 31) == 0xbf6e1f78u >> 1);
  CHECK(sim::oracle(0).random_number() == 0x99ec5f35bf6e1f77ull);
}

TEST_CASE("once it stops choosing it takes the first option and records nothing") {
  sim::oracle o(5);
  o.stop_choosing();
  for (int i = 0; i < 100; ++i) CHECK(o.choose(sim::choice::next, 50) == 0);
  CHECK(o.decisions().empty());
}

TEST_CASE("a script is answered as it says, and 0 afterwards") {
  sim::oracle first(9);
  for (std::uint32_t i = 2; i < 30; ++i) first.choose(sim::choice::next, i);
  sim::oracle again(sim::script{first.decisions()});
  for (std::uint32_t i = 2; i < 30; ++i) again.choose(sim::choice::next, i);
  CHECK(again.decisions() == first.decisions());
  CHECK(!again.diverged());
  CHECK(again.choose(sim::choice::next, 7) == 0);
  CHECK(!again.diverged());
}

TEST_CASE("a strict script notices the first question that is another one") {
  sim::oracle o(sim::script{{{sim::choice::next, 3, 2}, {sim::choice::slice, 4, 3}}});
  CHECK(o.choose(sim::choice::next, 3) == 2);
  CHECK(o.choose(sim::choice::next, 4) == 0);
  CHECK(o.diverged() == std::size_t{1});
  CHECK(o.choose(sim::choice::next, 5) == 0);
  CHECK(o.diverged() == std::size_t{1});
}

TEST_CASE("a lenient script answers every question as well as it can") {
  sim::oracle o(sim::script{{{sim::choice::next, 9, 8}, {sim::choice::fault, 2, 1}}, false});
  CHECK(o.choose(sim::choice::next, 3) == 2);
  const double rate[] = {0.0};
  CHECK(o.choose_rarely(sim::choice::fault, rate) == 1);
  CHECK(!o.diverged());
}

TEST_CASE("rare answers come as often as their rates say") {
  sim::oracle o(11);
  const double rates[] = {0.1, 0.02};
  std::array<int, 3> seen{};
  for (int i = 0; i < 10'000; ++i) ++seen[o.choose_rarely(sim::choice::fault, rates)];
  CHECK(seen[1] > 850);
  CHECK(seen[1] < 1150);
  CHECK(seen[2] > 140);
  CHECK(seen[2] < 260);
  CHECK(o.choose_rarely(sim::choice::fault, {}) == 0);
}

TEST_CASE("an exhaustive search asks for every combination once, and ends") {
  std::set<std::vector<std::uint32_t>> seen;
  sim::script next{{}, false, true};
  for (;;) {
    sim::oracle o(next);
    std::vector<std::uint32_t> run = {o.choose(sim::choice::next, 3)};
    if (run[0] == 1) run.push_back(o.choose(sim::choice::next, 2));
    run.push_back(o.choose(sim::choice::queued_call, 2));
    CHECK(o.choose(sim::choice::slice, 4) == 0);
    CHECK(seen.insert(run).second);
    auto prefix = sim::next_script(o.decisions());
    if (!prefix) break;
    next.decisions = *prefix;
  }
  CHECK(seen.size() == 2 + 4 + 2);
}

namespace {

// A chain of `length` hand-offs has to be through before one process runs that is always ready: how
// many of 2,000 seeds see that.
int chains_won(sim::strategy how, int length) {
  int won = 0;
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    sim::oracle o(seed, how);
    int at = 0;
    for (; at < length; ++at) {
      const std::uint64_t lanes[] = {1000, static_cast<std::uint64_t>(at)};
      if (o.choose_next(lanes, false) == 0) break;
    }
    if (at == length) ++won;
  }
  return won;
}

}  // namespace

TEST_CASE("priorities let one process starve, which a random walk hardly ever does") {
  const int by_chance = chains_won({sim::strategy::kind::random_walk}, 10);
  const int by_priority = chains_won({sim::strategy::kind::pct, 3}, 10);
  CHECK(by_chance < 12);
  CHECK(by_priority > 100);
}

TEST_CASE("priorities hold until they are changed, but for one who has waited too long") {
  sim::oracle o(5, {sim::strategy::kind::pct, 1});
  const std::uint64_t lanes[] = {1, 2, 3};
  const std::uint32_t first = o.choose_next(lanes, false);
  for (int i = 0; i < 100; ++i) CHECK(o.choose_next(lanes, false) == first);
  CHECK(o.choose_next(lanes, true) == 0);
}
