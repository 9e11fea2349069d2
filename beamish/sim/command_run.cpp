// SPDX-License-Identifier: Apache-2.0
// tested in: command_test.cpp
#include "beamish/sim/command_run.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "beamish/sim/command_line.hpp"
#include "beamish/sim/command_shrink.hpp"
#include "beamish/sim/search.hpp"

namespace beamish::inline v0::sim {

namespace {

constexpr const char* run_help =
    "run [SCENARIO...]\n"
    "\n"
    "Plays scenarios (all, if none is named) in simulated worlds, each under many seeds. What "
    "fails\n"
    "is made small. A name also means all scenarios whose names begin with it and a hyphen.\n"
    "\n"
    "  --seeds N          how many seeds (10000)\n"
    "  --from N           the first one (1)\n"
    "  --jobs N           processes at the same time (as many as there are cores)\n"
    "  --strategy WHAT    mixed (half random, half pct), random, pct or exhaustive\n"
    "  --depth N          of pct: how many priorities there are to be (1 to 5, by the seed)\n"
    "  --kept FILE        lines `scenario seed` that failed once: they are played first\n"
    "  --real N           also N times on real threads, with the same invariants (0)\n"
    "  --save DIR         where the run that failed is written to, as it was and small (.)\n"
    "  --no-shrink        only as it was\n"
    "  --stop-at-first    the first failure ends it all\n"
    "  --quiet            only failures and the last line\n"
    "\n"
    "Example: %s run --seeds 100000 --save /tmp\n";

struct run_options {
  plan search;
  unsigned jobs = 1;
  std::uint64_t real = 0;
  std::string kept, save_to;
  bool stop_at_first = false, quiet = false, shrinks = true;
};

strategy strategy_named(const std::string& name, std::uint64_t depth) {
  const auto d = static_cast<std::uint32_t>(depth);
  if (name == "mixed") return {strategy::kind::mixed, d};
  if (name == "random") return {strategy::kind::random_walk, d};
  if (name == "pct") return {strategy::kind::pct, d};
  if (name == "exhaustive") return {strategy::kind::exhaustive, d};
  throw usage_error("there is no strategy '" + name +
                    "'; there are mixed, random, pct and exhaustive");
}

run_options options_of(command_line& line) {
  run_options o;
  o.search.seeds = line.number("--seeds", o.search.seeds);
  o.search.first_seed = line.number("--from", 1);
  o.search.search = strategy_named(line.text("--strategy", "mixed"), line.number("--depth", 0));
  const long cores = ::sysconf(_SC_NPROCESSORS_ONLN);
  o.jobs = static_cast<unsigned>(line.number("--jobs", cores < 1 ? 1 : std::uint64_t(cores)));
  o.real = line.number("--real", 0);
  o.kept = line.text("--kept", "");
  o.save_to = line.text("--save", ".");
  o.stop_at_first = line.flag("--stop-at-first");
  o.quiet = line.flag("--quiet");
  o.shrinks = !line.flag("--no-shrink");
  return o;
}

std::vector<const scenario*> chosen(const invocation& how, const std::vector<std::string>& names) {
  std::vector<const scenario*> some;
  for (const std::string& name : names) {
    const std::size_t before = some.size();
    for (const scenario& s : how.all) {
      if (s.name == name || s.name.starts_with(name + "-")) some.push_back(&s);
    }
    if (some.size() == before) {
      throw usage_error("there is no scenario '" + name + "'; `" + how.program +
                        " list` says which there are");
    }
  }
  if (names.empty()) {
    for (const scenario& s : how.all) some.push_back(&s);
  }
  return some;
}

std::vector<std::uint64_t> kept_seeds(const std::string& path, const std::string& name) {
  std::vector<std::uint64_t> seeds;
  if (path.empty()) return seeds;
  std::ifstream in(path);
  if (!in) throw usage_error("can't read " + path);
  std::string line;
  while (std::getline(in, line)) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line);
    std::string scenario;
    std::uint64_t seed = 0;
    if (!(words >> scenario >> seed)) throw usage_error(path + ": not `scenario seed`: " + line);
    if (scenario == name) seeds.push_back(seed);
  }
  return seeds;
}

std::string in_words(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string faults_in_words(const fault_counts& counts) {
  std::string text;
  for (std::size_t i = 0; i < fault_kinds; ++i) {
    if (counts[i] == 0) continue;
    text += (text.empty() ? "; faults: " : ", ") + std::string(name_of(static_cast<fault>(i))) +
            " " + in_words(counts[i]);
  }
  return text;
}

void tell_success(const scenario& s, const exploration& e) {
  const double seconds = std::max(1e-9, static_cast<double>(e.real_time.count()) / 1e9);
  std::printf("ok      %-34s %s runs, %s schedules%s, %s steps in %.2f s (%s per second)%s\n",
              s.name.c_str(), in_words(e.runs).c_str(), in_words(e.schedules).c_str(),
              e.complete ? " (all there are)" : "", in_words(e.steps).c_str(), seconds,
              in_words(static_cast<std::uint64_t>(static_cast<double>(e.steps) / seconds)).c_str(),
              faults_in_words(e.faults).c_str());
}

std::string file_for(const run_options& o, const recorded_run& run, const char* ending) {
  return o.save_to + "/" + run.scenario + "-" + std::to_string(run.seed) + ending;
}

// Where the smaller run is; the path of the given one if there is none.
std::string shrink_and_save(const scenario& s, const run_options& o, const recorded_run& run,
                            const std::string& original) {
  std::fflush(stdout);
  const shrunk small = shrink_apart(s, run);
  if (!small.trouble.empty()) {
    std::printf("  not made smaller: %s\n", small.trouble.c_str());
    return original;
  }
  std::printf("  smaller: %s\n", in_words(small).c_str());
  if (small.run == run) return original;
  const std::string path = file_for(o, run, ".small.run");
  save_run(small.run, path);
  std::printf("  as it was: %s\n", original.c_str());
  return path;
}

void tell_failure(const invocation& how, const scenario& s, const run_options& o,
                  recorded_run run) {
  std::printf("FAILED %s seed %llu %s: %s\n", run.scenario.c_str(),
              static_cast<unsigned long long>(run.seed),
              std::string(name_of(run.failure.kind)).c_str(), run.failure.text.c_str());
  run.program = how.path;
  if (!run.narrow) {
    std::printf("  repeat: %s run %s --from %llu --seeds 1 --jobs 1\n", how.program.c_str(),
                run.scenario.c_str(), static_cast<unsigned long long>(run.seed));
  }
  // Of a run that ended its program, or that was real, nothing can be repeated.
  if (run.steps == 0) return;
  std::string path = file_for(o, run, ".run");
  save_run(run, path);
  if (o.shrinks) path = shrink_and_save(s, o, run, path);
  std::printf("  replay: %s replay %s\n", how.program.c_str(), path.c_str());
  std::printf("  see it: %s chart %s\n", how.program.c_str(), path.c_str());
}

// The failure of a scenario, or nothing. Seeds that failed once go first.
std::optional<recorded_run> play_all(const scenario& s, const run_options& o) {
  exploration e;
  for (std::uint64_t seed : kept_seeds(o.kept, s.name)) {
    plan one = o.search;
    one.first_seed = seed;
    one.seeds = 1;
    e = search(s, one, 1);
    if (e.failed) return e.failed;
  }
  e = search(s, o.search, o.jobs);
  if (e.failed) return e.failed;
  for (std::uint64_t i = 0; i < o.real; ++i) {
    const verdict v = play_for_real(s);
    if (!v.complaints.empty()) {
      recorded_run run = record_of(s, 0, v);
      run.failure.text += " (on real threads)";
      return run;
    }
  }
  if (!o.quiet) tell_success(s, e);
  return std::nullopt;
}

}  // namespace

int run_command(const invocation& how, std::vector<std::string> words) {
  command_line line(std::move(words));
  if (line.flag("--help")) {
    std::printf("%s ", how.program.c_str());
    std::printf(run_help, how.program.c_str());
    return 0;
  }
  const run_options o = options_of(line);
  int exit_code = 0;
  std::size_t passed = 0, failed = 0;
  for (const scenario* s : chosen(how, line.rest())) {
    const auto failure = play_all(*s, o);
    if (!failure) {
      ++passed;
    } else {
      ++failed;
      if (exit_code == 0) exit_code = exit_code_of(failure->failure.kind);
      tell_failure(how, *s, o, *failure);
    }
    std::fflush(stdout);
    if (failure && o.stop_at_first) break;
  }
  std::printf("scenarios: %zu passed, %zu failed\n", passed, failed);
  return exit_code;
}

}  // namespace beamish::inline v0::sim
