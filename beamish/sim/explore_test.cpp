// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/explore.hpp"

#include <doctest/doctest.h>

#include "beamish/runtime/clock.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/timer.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

// Fails if the second of two senders is heard first.
task<> race(sim::world& w) {
  const pid me = self();
  spawn([me] { send(me, 1); });
  spawn([me] { send(me, 2); });
  const int first = co_await receive<int>();
  w.require(first == 1, "1 comes before 2");
  co_await receive<int>();
}

task<> peace(sim::world& w) {
  const pid me = self();
  for (int i = 0; i < 3; ++i) {
    spawn([me, i] { send(me, i); });
  }
  int sum = 0;
  for (int i = 0; i < 3; ++i) {
    const int n = co_await receive<int>();
    sum += n;
  }
  w.require(sum == 3, "each is heard once");
}

const sim::scenario racing("race", "two senders", race);
const sim::scenario peaceful("peace", "three senders", peace);

}  // namespace

TEST_CASE("an exploration that finds nothing says what it has seen") {
  const auto e = sim::explore(peaceful, {.seeds = 300});
  CHECK(e.ok());
  CHECK(e.text() == "");
  CHECK(e.runs == 300);
  CHECK(e.steps > 300 * 4);
  CHECK(e.schedules > 50);
  CHECK(e.schedules <= 300);
}

TEST_CASE("the run that fails comes back as a record, which repeats it") {
  const auto e = sim::explore(racing, {.seeds = 100});
  REQUIRE(!e.ok());
  const sim::recorded_run& run = *e.failed;
  CHECK(run.failure == sim::failure{sim::failure_kind::invariant, "1 comes before 2"});
  CHECK(e.text() == "invariant at seed " + std::to_string(run.seed) + " of race: 1 comes before 2");
  for (int i = 0; i < 3; ++i) {
    const sim::verdict v = sim::replay(racing, run, true);
    CHECK(v.text() == "1 comes before 2\n");
    CHECK(v.trace_hash == run.trace_hash);
    CHECK(v.decisions == run.decisions);
    CHECK(!v.events.empty());
  }
  CHECK(sim::read_run(sim::write_run(run)) == run);
}

TEST_CASE("a record does not fit a scenario that has changed: the first other decision is named") {
  auto run = *sim::explore(racing, {.seeds = 100}).failed;
  const sim::verdict v = sim::replay(peaceful, run);
  CHECK(v.kind == sim::failure_kind::nondeterminism);
  REQUIRE(v.diverged);
  CHECK(v.text().find("decision " + std::to_string(*v.diverged + 1) + ", at step ") == 0);
  // Its decisions fit, but what came of them is not what was recorded.
  run.trace_hash ^= 1;
  CHECK(sim::replay(racing, run).kind == sim::failure_kind::nondeterminism);
}

TEST_CASE("an exhaustive search sees every schedule, and says so") {
  const sim::strategy all{sim::strategy::kind::exhaustive};
  const auto well = sim::explore(peaceful, {.seeds = 1'000'000, .search = all});
  CHECK(well.ok());
  CHECK(well.complete);
  CHECK(well.runs > 100);
  const auto cut = sim::explore(peaceful, {.seeds = 10, .search = all});
  CHECK(cut.ok());
  CHECK(!cut.complete);
  const auto found = sim::explore(racing, {.seeds = 1000, .search = all});
  REQUIRE(!found.ok());
  CHECK(found.failed->narrow);
  CHECK(sim::replay(racing, *found.failed).text() == "1 comes before 2\n");
}

TEST_CASE("each strategy finds the race, and half of a mixed search is of either kind") {
  for (auto how :
       {sim::strategy::kind::random_walk, sim::strategy::kind::pct, sim::strategy::kind::mixed}) {
    CHECK(!sim::explore(racing, {.seeds = 100, .search = {how}}).ok());
  }
  int with_priorities = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    with_priorities += sim::oracle(seed, {sim::strategy::kind::mixed}).depth() != 0 ? 1 : 0;
  }
  CHECK(with_priorities > 150);
  CHECK(with_priorities < 250);
}

TEST_CASE("a program that looks at something outside of its world is caught") {
  int runs = 0;
  const sim::scenario leaky("leaky", "counts its runs", [&runs](sim::world&) -> task<> {
    ++runs;
    if (runs % 2 == 0) co_await beamish::sleep(1ms);
  });
  const auto e = sim::explore(leaky, {.seeds = 100});
  REQUIRE(!e.ok());
  CHECK(e.failed->failure.kind == sim::failure_kind::nondeterminism);
  CHECK(e.failed->seed == 20);
}

TEST_CASE("a thousand random seeds give the same run twice, byte for byte") {
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::uint64_t seed = i * 0x9e3779b97f4a7c15ull;
    const auto options = sim::trial_options{.search = {}, .keeps_trace = true};
    const auto first = sim::run_in_simulation(racing.body, options, seed);
    const auto second = sim::run_in_simulation(racing.body, options, seed);
    REQUIRE(first.events == second.events);
    REQUIRE(first.trace_hash == second.trace_hash);
  }
}

TEST_CASE("the real twin plays the same body on threads") {
  CHECK(sim::play_for_real(peaceful).complaints.empty());
}
