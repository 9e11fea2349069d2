// SPDX-License-Identifier: Apache-2.0
//
// explore: plays a scenario in thousands of simulated worlds, and comes back with the first run
// that fails.
//
// ```cpp
// #include "beamish/beamish.hpp"
// #include "beamish/sim/explore.hpp"
//
// task<> race(sim::world& w) {
//   const pid me = self();
//   spawn([me] { send(me, 1); });
//   spawn([me] { send(me, 2); });
//   const int first = co_await receive<int>();
//   w.require(first == 1, "1 comes before 2");       // nobody promises that
//   co_await receive<int>();
// }
// sim::scenario s("race", "two senders", race);
// auto found = sim::explore(s, {.seeds = 1000});
// found.ok();                                        //=> false
// found.failed->failure.text;                        //=> "1 comes before 2"
// auto again = sim::replay(s, *found.failed);
// again.text();                                      //=> "1 comes before 2\n"
// again.trace_hash == found.failed->trace_hash;      //=> true
// ```
//
// Guarantees: the same plan finds the same run. One in twenty runs, and each that fails, is played
// twice; if the two differ, that is the failure (nondeterminism: something in the program looks at
// a clock, an address, or the order of an unordered container).
//
// Threads: on the calling thread, in which nothing else of this library runs. Units: seeds are
// numbers from 1. Errors: all are in the result; what a body throws is its crash. OTP has no such
// thing; Concuerror and PULSE look for the same. When not to use it: for code that blocks or reads
// clocks behind the library's back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "beamish/sim/run_file.hpp"
#include "beamish/sim/scenario.hpp"

namespace beamish::inline v0::sim {

struct plan {
  std::uint64_t seeds = 10'000;
  std::uint64_t first_seed = 1;
  strategy search = {};
  // Every so many runs are played twice; 0: only those that fail.
  std::uint64_t twice_each = 20;
};

struct exploration {
  std::uint64_t runs = 0;
  std::uint64_t steps = 0;
  std::uint64_t schedules = 0;  // different ones
  std::chrono::nanoseconds virtual_time{};
  std::chrono::nanoseconds real_time{};
  fault_counts faults{};
  // An exhaustive search has seen every schedule.
  bool complete = false;
  std::optional<recorded_run> failed;

  void count(const verdict& v);
  bool ok() const noexcept { return !failed; }
  // For a test framework: empty, or what failed and at which seed.
  std::string text() const;
};

exploration explore(const scenario& s, const plan& p = {});
// How many different numbers there are; sorts them.
std::uint64_t count_different(std::vector<std::uint64_t>& hashes);

// One run by its seed, judged; twice if it fails, or if asked for.
verdict play(const scenario& s, std::uint64_t seed, strategy search = {}, bool twice = false);

// Plays a recorded run again: complains of nondeterminism where it is another one.
verdict replay(const scenario& s, const recorded_run& run, bool keeps_trace = false,
               std::uint64_t break_at = 0);

recorded_run record_of(const scenario& s, std::uint64_t seed, const verdict& v,
                       bool narrow = false);

// The same body on real threads, with the same invariants, and no faults.
verdict play_for_real(const scenario& s);

}  // namespace beamish::inline v0::sim
