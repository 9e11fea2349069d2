// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/explore.hpp"

#include <algorithm>
#include <vector>

#include "beamish/runtime/world.hpp"

namespace beamish::inline v0::sim {

namespace {

verdict run_again(const scenario& s, std::uint64_t seed, trial_options o, const verdict& first) {
  verdict second = run_in_simulation(s.body, o, seed);
  if (second.trace_hash == first.trace_hash && second.decisions == first.decisions) return second;
  second.complaints.clear();
  second.complain(failure_kind::nondeterminism,
                  "the same seed gave two different runs: something looks at a clock, an address, "
                  "or the order of an unordered container");
  return second;
}

void search_all(const scenario& s, const plan& p, exploration& e,
                std::vector<std::uint64_t>& seen) {
  script next{{}, false, true};
  while (e.runs < p.seeds) {
    trial_options o = s.options;
    o.answers = next;
    const verdict v = run_in_simulation(s.body, o, 0);
    e.count(v);
    seen.push_back(v.trace_hash);
    if (!v.complaints.empty()) {
      e.failed = record_of(s, 0, v, true);
      return;
    }
    auto prefix = next_script(v.decisions);
    if (!prefix) {
      e.complete = true;
      return;
    }
    next.decisions = std::move(*prefix);
  }
}

void search_by_seeds(const scenario& s, const plan& p, exploration& e,
                     std::vector<std::uint64_t>& seen) {
  for (std::uint64_t seed = p.first_seed; seed < p.first_seed + p.seeds; ++seed) {
    const bool twice = p.twice_each != 0 && seed % p.twice_each == 0;
    const verdict v = play(s, seed, p.search, twice);
    e.count(v);
    seen.push_back(v.trace_hash);
    if (v.complaints.empty()) continue;
    e.failed = record_of(s, seed, v);
    return;
  }
}

}  // namespace

std::uint64_t count_different(std::vector<std::uint64_t>& hashes) {
  std::sort(hashes.begin(), hashes.end());
  return static_cast<std::uint64_t>(std::unique(hashes.begin(), hashes.end()) - hashes.begin());
}

void exploration::count(const verdict& v) {
  ++runs;
  steps += v.steps;
  virtual_time += v.elapsed;
  for (std::size_t i = 0; i < fault_kinds; ++i) faults[i] += v.faults[i];
}

std::string exploration::text() const {
  if (!failed) return "";
  return std::string(name_of(failed->failure.kind)) + " at seed " + std::to_string(failed->seed) +
         " of " + failed->scenario + ": " + failed->failure.text;
}

exploration explore(const scenario& s, const plan& p) {
  const std::int64_t begin = detail::real_now();
  exploration e;
  std::vector<std::uint64_t> seen;
  const bool all = p.search.what == strategy::kind::exhaustive;
  all ? search_all(s, p, e, seen) : search_by_seeds(s, p, e, seen);
  e.schedules = count_different(seen);
  e.real_time = std::chrono::nanoseconds(detail::real_now() - begin);
  return e;
}

verdict play(const scenario& s, std::uint64_t seed, strategy search, bool twice) {
  trial_options o = s.options;
  o.search = search;
  o.answers.reset();
  verdict v = run_in_simulation(s.body, o, seed);
  if (!twice && v.complaints.empty()) return v;
  return run_again(s, seed, o, v);
}

verdict replay(const scenario& s, const recorded_run& run, bool keeps_trace,
               std::uint64_t break_at) {
  trial_options o = s.options;
  o.answers = run.answers();
  o.keeps_trace = keeps_trace;
  o.break_at = break_at;
  verdict v = run_in_simulation(s.body, o, run.seed);
  const bool same = v.trace_hash == run.trace_hash && v.steps == run.steps;
  if (v.kind != failure_kind::nondeterminism && !same) {
    v.complaints.clear();
    v.complain(failure_kind::nondeterminism,
               "all decisions are those of the recorded run, and yet it is another one: something "
               "looks at a clock, an address, or the order of an unordered container");
  }
  return v;
}

recorded_run record_of(const scenario& s, std::uint64_t seed, const verdict& v, bool narrow) {
  recorded_run run;
  run.scenario = s.name;
  run.seed = seed;
  run.failure.kind = v.kind;
  if (!v.complaints.empty()) run.failure.text = v.complaints.front();
  run.trace_hash = v.trace_hash;
  run.steps = v.steps;
  run.narrow = narrow;
  run.decisions = v.decisions;
  return run;
}

verdict play_for_real(const scenario& s) { return run_in_real_world(s.body, s.options); }

}  // namespace beamish::inline v0::sim
