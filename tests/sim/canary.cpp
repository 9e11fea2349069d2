// SPDX-License-Identifier: Apache-2.0
//
// A scenario that must fail about once in a hundred seeds: if it never does, nothing else that
// passes means anything.
#include "beamish/beamish.hpp"
#include "tests/sim/scenarios.hpp"

using namespace beamish;

namespace {

constexpr int senders = 5;

// Fails if five senders are heard in exactly the reverse of their order: one order of 120.
task<> canary(sim::world& w) {
  const pid me = self();
  for (int i = 0; i < senders; ++i) {
    spawn([me, i] { send(me, i); });
  }
  int expected = senders;
  bool reversed = true;
  for (int i = 0; i < senders; ++i) {
    const int got = co_await receive<int>();
    reversed = reversed && got == --expected;
  }
  w.require(!reversed, "the canary sings");
}

}  // namespace

std::vector<sim::scenario> canary_scenarios() {
  return {{"canary", "fails on purpose, about once in a hundred seeds", canary}};
}
