// SPDX-License-Identifier: Apache-2.0
//
// Makes a failing run small: the same failure in few steps, by few decisions that are not plain,
// with fewer faults and smaller sizes. One decision more is taken where it saves over three steps.
//
// ```cpp
// #include "beamish/beamish.hpp"
// #include "beamish/sim/shrink.hpp"
//
// task<> race(sim::world& w) {
//   const pid me = self();
//   const int senders = 2 + static_cast<int>(w.pick(8));
//   for (int i = 0; i < senders; ++i) {
//     spawn([me, i] { send(me, i); });
//   }
//   for (int i = 0; i < senders; ++i) {
//     const int got = co_await receive<int>();
//     w.require(got == i, "they come in the order of their spawning");    // nobody promises that
//   }
// }
// sim::scenario s("race", "some senders", race);
// auto found = sim::explore(s, {.seeds = 1000});
// auto small = sim::shrink(s, *found.failed);
// small.after.decisions;       //=> 1u
// small.after.processes;       //=> 3u
// sim::replay(s, small.run).text() == small.run.failure.text + "\n";    //=> true
// ```
//
// Guarantees: the result fails as the original does (the same kind and text, but for numbers and
// names of processes in it), is never worse, and has been replayed twice, strictly, with equal
// traces. The same run gives the same result, if the time does not run out first.
//
// Threads: on the calling thread, in which nothing else of this library runs. Units: `time` is real
// time. Errors: `trouble` says why a run could not be repeated; then nothing has changed. A smaller
// run may well end the program, where the code allows it: who minds shrinks in a child process.
// OTP has no such thing; PropEr's and PULSE's shrinking are alike. When not to use it: for a run
// that ended the program, of which no decisions are known.
// tested in: shrink_test.cpp
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "beamish/sim/explore.hpp"

namespace beamish::inline v0::sim {

struct shrink_limits {
  std::uint64_t runs = 200'000;
  std::chrono::nanoseconds time = std::chrono::seconds(10);
};

// How large a run is, for people.
struct run_size {
  std::uint64_t decisions = 0;  // that are not plain
  std::uint64_t faults = 0;
  std::uint64_t processes = 0;
  std::uint64_t steps = 0;
  friend bool operator==(const run_size&, const run_size&) = default;
};

struct shrunk {
  recorded_run run;
  run_size before, after;
  std::uint64_t runs = 0;  // that it took
  std::chrono::nanoseconds time{};
  // It stopped because of its limits: there may be a smaller one.
  bool ran_out = false;
  // Empty, or why nothing could be done.
  std::string trouble;
};

shrunk shrink(const scenario& s, const recorded_run& run, const shrink_limits& limits = {});

// Whether two failures are the same one: the kind, and the text but for numbers and what names
// processes. A smaller run has fewer of everything: "job 8 ran before job 3" becomes "job 2 ran
// before job 1".
bool same_failure(const failure& a, const failure& b);
// How many of them are not plain.
std::uint64_t count_strange(const std::vector<decision>& decisions);
// Of a verdict with its trace.
run_size size_of(const verdict& v);

}  // namespace beamish::inline v0::sim
