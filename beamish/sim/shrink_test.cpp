// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/shrink.hpp"

#include <doctest/doctest.h>

#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/timer.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

// Fails if a message of the second process comes before one of the first.
task<> race(sim::world& w) {
  const pid me = self();
  const int each = 1 + static_cast<int>(w.pick(20));
  for (int who = 0; who < 2; ++who) {
    spawn([me, each, who] {
      for (int i = 0; i < each; ++i) send(me, who);
    });
  }
  int last = 0;
  for (int i = 0; i < 2 * each; ++i) {
    const int who = co_await receive<int>();
    w.require(who >= last, "all of the first come first");
    last = who;
  }
}

// Fails if each of two of ten processes is killed.
task<> needs_two_kills(sim::world& w) {
  std::vector<pid> all;
  for (int i = 0; i < 10; ++i) {
    all.push_back(spawn([]() -> task<> { co_await receive<int>(); }));
  }
  co_await beamish::sleep(1ms);
  int dead = 0;
  for (int round = 0; round < 20; ++round) co_await beamish::sleep(1ms);
  for (pid p : all) dead += alive(p) ? 0 : 1;
  for (pid p : all) send(p, 1);
  w.require(dead < 2, "at most one is dead");
}

sim::recorded_run failing(const sim::scenario& s) {
  const sim::exploration e = sim::explore(s, {.seeds = 5000});
  REQUIRE(e.failed);
  return *e.failed;
}

void check_replays(const sim::scenario& s, const sim::shrunk& small) {
  CHECK(small.trouble.empty());
  const sim::verdict once = sim::replay(s, small.run), twice = sim::replay(s, small.run);
  CHECK(once.trace_hash == small.run.trace_hash);
  CHECK(twice.trace_hash == small.run.trace_hash);
  CHECK(once.decisions == small.run.decisions);
  CHECK(once.complaints.front() == small.run.failure.text);
}

}  // namespace

TEST_CASE("a race is made small: one message each, one decision that is not plain") {
  const sim::scenario s("race", "", race);
  const sim::recorded_run run = failing(s);
  const sim::shrunk small = sim::shrink(s, run);
  check_replays(s, small);
  CHECK(small.run.failure == run.failure);
  CHECK(small.after.decisions == 1);
  CHECK(small.before.decisions == sim::count_strange(run.decisions));
  CHECK(small.after.steps <= 10);
  CHECK(small.after.processes == 3);
  CHECK_FALSE(small.ran_out);
}

TEST_CASE("faults that the failure does not need are left out") {
  sim::trial_options o;
  o.faults = sim::faults().kill_processes(0.2).jump_clock(0.2).delay_signals(0.2, 1ms);
  const sim::scenario s("kills", "", needs_two_kills, o);
  std::optional<sim::recorded_run> run;
  for (std::uint64_t seed = 1; !run; ++seed) {
    const sim::verdict v = sim::play(s, seed);
    if (v.kind == sim::failure_kind::invariant && sim::size_of(v).faults > 8)
      run = sim::record_of(s, seed, v);
  }
  const sim::shrunk small = sim::shrink(s, *run);
  check_replays(s, small);
  CHECK(small.before.faults > 8);
  CHECK(small.after.faults == 2);
  // Whether something goes wrong, twice, and the second victim cannot be the first.
  CHECK(small.after.decisions <= 3);
}

TEST_CASE("the same run gives the same result") {
  const sim::scenario s("race", "", race);
  const sim::recorded_run run = failing(s);
  CHECK(sim::shrink(s, run).run == sim::shrink(s, run).run);
}

TEST_CASE("a run of an exhaustive search stays one of it") {
  const sim::scenario s("race", "", race);
  const sim::exploration e =
      sim::explore(s, {.seeds = 5000, .search = {sim::strategy::kind::exhaustive}});
  REQUIRE(e.failed);
  const sim::shrunk small = sim::shrink(s, *e.failed);
  check_replays(s, small);
  CHECK(small.run.narrow);
}

TEST_CASE("the limits are kept, and it says that they were reached") {
  const sim::scenario s("race", "", race);
  const sim::recorded_run run = failing(s);
  const sim::shrunk few = sim::shrink(s, run, {.runs = 3});
  check_replays(s, few);
  CHECK(few.ran_out);
  CHECK(few.runs <= 6);
  const sim::shrunk late = sim::shrink(s, run, {.time = 0s});
  check_replays(s, late);
  CHECK(late.ran_out);
  CHECK(late.after.decisions <= late.before.decisions);
}

TEST_CASE("what does not fail again, or has not failed, stays as it is") {
  const sim::scenario s("race", "", race);
  sim::recorded_run run = failing(s);
  run.failure.text = "something else";
  sim::shrunk none = sim::shrink(s, run);
  CHECK(none.trouble == "its decisions do not lead to its failure again");
  CHECK(none.run == run);
  run.failure = {};
  CHECK(sim::shrink(s, run).trouble == "the run has not failed");
}

TEST_CASE("two failures are the same whatever the numbers and the names of processes in them") {
  using sim::failure_kind;
  const auto same = [](const char* a, const char* b) {
    return sim::same_failure({failure_kind::crash, a}, {failure_kind::crash, b});
  };
  CHECK(same("p2 waits for a reply of p31@2", "p17 waits for a reply of p3"));
  CHECK(same("reason {:noproc, #PID<70000.2.0>}", "reason {:noproc, #PID<70001.25.1>}"));
  CHECK(same("#Reference<1.2.3.4>!", "#Reference<4.3.2.1>!"));
  CHECK(same("two\nlines", "two lines"));
  CHECK(same("job 8 ran before job 3", "job 2 ran before job 12"));
  CHECK(same("3 left", "1 left"));
  CHECK_FALSE(same("job 2", "job two"));
  CHECK_FALSE(same("job 2", "jobs 2"));
  CHECK_FALSE(same("#PID<1.2.3>a", "#PID<1.2.3>b"));
  CHECK_FALSE(sim::same_failure({failure_kind::crash, "x"}, {failure_kind::liveness, "x"}));
}
