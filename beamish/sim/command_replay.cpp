// SPDX-License-Identifier: Apache-2.0
//
// tested in: command_verbs_test.cpp
#include "beamish/sim/command_replay.hpp"

#include <cstdio>

#include "beamish/sim/command_files.hpp"
#include "beamish/sim/command_line.hpp"
#include "beamish/sim/explore.hpp"

namespace beamish::inline v0::sim {

namespace {

constexpr const char* replay_help =
    "replay FILE\n"
    "\n"
    "Plays a recorded run again: the same steps, or it stops at the first decision that is "
    "another\n"
    "one than then. The exit code is that of its failure.\n"
    "\n"
    "  --trace            print each event: step, virtual time, what, who, whom, more about it\n"
    "  --until STEP       only to the end of that step, and say what each process waits for\n"
    "  --break-at STEP    a breakpoint trap (SIGTRAP) just before that step, for a debugger that\n"
    "                     runs this program\n"
    "  --gdb STEP         start gdb on it, and stop just before that step\n"
    "\n"
    "Example: %s replay ping-17.run --gdb 12\n";

struct replay_options {
  std::uint64_t until = 0, break_at = 0, gdb = 0;
  bool trace = false;
};

int start_gdb(const invocation& how, const std::string& path, std::uint64_t step) {
  const program_words me = split_program(how.path);
  std::vector<std::string> words = {"-q", "-ex", "run", "--args", me.file};
  words.insert(words.end(), me.words.begin(), me.words.end());
  for (const std::string& w :
       {std::string("replay"), path, std::string("--break-at"), std::to_string(step)}) {
    words.push_back(w);
  }
  throw usage_error(become("gdb", words) + "; --break-at " + std::to_string(step) +
                    " stops it under any debugger");
}

void print_trace(const verdict& v) {
  for (const trace_event& e : v.events) {
    std::printf("%s%s%s\n", e.text().c_str(), e.detail.empty() ? "" : "  ; ", e.detail.c_str());
  }
}

void print_log(const verdict& v) {
  for (const log_entry& e : v.log) std::printf("log: %s\n", e.text.c_str());
}

void print_failure(const verdict& v) {
  std::printf("%s: %s", std::string(name_of(v.kind)).c_str(), v.text().c_str());
}

// A run that is cut off is judged by nobody: it shows how far things are.
int replay_until(const file_scenario& file, const replay_options& o) {
  trial_options options = file.what->options;
  options.answers = file.run.answers();
  options.keeps_trace = o.trace;
  options.max_steps = std::min(options.max_steps, o.until);
  const verdict v = run_in_simulation(file.what->body, options, file.run.seed);
  if (o.trace) print_trace(v);
  print_log(v);
  const bool cut_off = v.kind == failure_kind::liveness && v.steps == o.until;
  if (!cut_off) {
    print_failure(v);
    std::printf("it is over after step %llu\n", static_cast<unsigned long long>(v.steps));
    return exit_code_of(v.kind);
  }
  std::printf("stopped after step %llu of %llu, at %s s of virtual time\n",
              static_cast<unsigned long long>(v.steps),
              static_cast<unsigned long long>(file.run.steps),
              seconds_text(v.elapsed.count()).c_str());
  for (std::size_t i = 1; i < v.complaints.size(); ++i)
    std::printf("  %s\n", v.complaints[i].c_str());
  return 0;
}

}  // namespace

int replay_command(const invocation& how, std::vector<std::string> words) {
  command_line line(std::move(words));
  if (line.flag("--help")) {
    std::printf("%s ", how.program.c_str());
    std::printf(replay_help, how.program.c_str());
    return 0;
  }
  replay_options o;
  o.trace = line.flag("--trace");
  o.until = line.number("--until", 0);
  o.break_at = line.number("--break-at", 0);
  o.gdb = line.number("--gdb", 0);
  const std::string path = line.only("FILE");
  const file_scenario file = open_run(how, path);
  if (o.gdb != 0) return start_gdb(how, path, o.gdb);
  if (o.until != 0) return replay_until(file, o);
  const verdict v = replay(*file.what, file.run, o.trace, o.break_at);
  if (o.trace) print_trace(v);
  print_log(v);
  print_failure(v);
  if (v.kind == failure_kind::nondeterminism) return exit_code_of(v.kind);
  std::printf("%s: the same run, %llu steps, trace %llx, %s s of virtual time\n", path.c_str(),
              static_cast<unsigned long long>(v.steps),
              static_cast<unsigned long long>(v.trace_hash),
              seconds_text(v.elapsed.count()).c_str());
  return exit_code_of(v.kind);
}

}  // namespace beamish::inline v0::sim
