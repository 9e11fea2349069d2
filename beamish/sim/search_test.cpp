// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/search.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <unistd.h>

#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"

using namespace beamish;

namespace {

// Twelve orders of three senders and a pick of 16: about one run in a hundred fails.
task<> rare(sim::world& w) {
  const pid me = self();
  const bool unlucky = w.pick(16) == 7;
  for (int i = 0; i < 3; ++i) {
    spawn([me, i] { send(me, i); });
  }
  int order = 0;
  for (int i = 0; i < 3; ++i) {
    const int n = co_await receive<int>();
    order = 10 * order + n;
  }
  w.require(!unlucky || order != 210, "backwards");
}

const sim::scenario rare_one("rare", "fails once in a hundred seeds", rare);

}  // namespace

TEST_CASE("the failing run with the lowest seed is found, whatever the number of jobs") {
  const auto alone = sim::explore(rare_one, {.seeds = 3000});
  REQUIRE(!alone.ok());
  for (unsigned jobs : {1u, 2u, 3u}) {
    const auto e = sim::search(rare_one, {.seeds = 3000}, jobs);
    REQUIRE(!e.ok());
    CHECK(*e.failed == *alone.failed);
  }
}

TEST_CASE("several jobs share the seeds, and count together") {
  const sim::plan p{.seeds = 500, .first_seed = 1};
  const sim::scenario calm("calm", "nothing", [](sim::world& w) { w.pick(1000); });
  const auto one = sim::explore(calm, p);
  const auto two = sim::search(calm, p, 2);
  CHECK(two.ok());
  CHECK(two.runs == one.runs);
  CHECK(two.steps == one.steps);
  CHECK(two.schedules == one.schedules);
}

TEST_CASE("a run that ends the program is a crash at its seed") {
  const sim::scenario aborts("aborts", "ends the program", [](sim::world& w) {
    if (w.seed() == 37) ::abort();
  });
  const auto killed = sim::search(aborts, {.seeds = 100}, 2);
  REQUIRE(!killed.ok());
  CHECK(killed.failed->seed == 37);
  CHECK(killed.failed->failure.kind == sim::failure_kind::crash);
  CHECK(killed.failed->failure.text == "the program was ended by signal 6 (Aborted)");
  const sim::scenario leaves("leaves", "ends the program", [](sim::world& w) {
    if (w.seed() == 5) ::_exit(3);
  });
  CHECK(sim::search(leaves, {.seeds = 100}, 2).failed->failure.text ==
        "the program ended itself with exit code 3");
}

TEST_CASE("an exhaustive search has one job, and tells that it is complete") {
  const sim::scenario calm("calm", "nothing", [](sim::world& w) { w.pick(50); });
  const auto e = sim::search(calm, {.search = {sim::strategy::kind::exhaustive}}, 4);
  CHECK(e.complete);
  CHECK(e.runs == 50);
  CHECK(e.schedules >= 1);
}
