// SPDX-License-Identifier: Apache-2.0
//
// tested in: command_verbs_test.cpp
#include "beamish/sim/command_shrink.hpp"

#include <cstdio>
#include <sstream>

#include "beamish/sim/child.hpp"
#include "beamish/sim/command_files.hpp"
#include "beamish/sim/command_line.hpp"

namespace beamish::inline v0::sim {

namespace {

constexpr const char* shrink_help =
    "shrink FILE\n"
    "\n"
    "Makes a recorded run small: the same failure, by fewer decisions that are not plain, with\n"
    "fewer faults, smaller sizes and fewer steps. The result is played twice before it is kept.\n"
    "\n"
    "  -o OUT         where it is written to (FILE, with .small before its ending)\n"
    "  --seconds N    how long it may take at most (10)\n"
    "  --runs N       how many runs it may play at most (200000)\n"
    "\n"
    "Example: %s shrink ping-17.run -o ping.run\n";

std::ostream& operator<<(std::ostream& out, const run_size& s) {
  return out << s.decisions << ' ' << s.faults << ' ' << s.processes << ' ' << s.steps << ' ';
}
std::istream& operator>>(std::istream& in, run_size& s) {
  return in >> s.decisions >> s.faults >> s.processes >> s.steps;
}

// One child's result, as it passes through a pipe.
std::string packed(const shrunk& r) {
  std::ostringstream out;
  out << r.before << r.after << r.runs << ' ' << r.time.count() << ' ' << r.ran_out << '\n'
      << r.trouble << '\n'
      << write_run(r.run);
  return out.str();
}

shrunk unpacked(const std::string& text) {
  shrunk r;
  std::istringstream in(text);
  std::int64_t time = 0;
  in >> r.before >> r.after >> r.runs >> time >> r.ran_out;
  in.ignore();
  std::getline(in, r.trouble);
  r.time = std::chrono::nanoseconds(time);
  r.run = read_run(std::string_view(text).substr(static_cast<std::size_t>(in.tellg())));
  return r;
}

std::string change(std::uint64_t before, std::uint64_t after, const char* what) {
  return std::to_string(before) + " -> " + std::to_string(after) + " " + what;
}

std::string small_name(const std::string& path) {
  const std::size_t dot = path.rfind(".run");
  const bool ends = dot != std::string::npos && dot + 4 == path.size();
  return ends ? path.substr(0, dot) + ".small.run" : path + ".small";
}

}  // namespace

shrunk shrink_apart(const scenario& s, const recorded_run& run, const shrink_limits& limits) {
  const child_result r = wait_for(start_child([&] { return packed(shrink(s, run, limits)); }));
  if (r.status == 0) return unpacked(r.text);
  shrunk none;
  none.run = run;
  none.trouble = "a smaller run ended it: " + ending_in_words(r.status);
  return none;
}

std::string in_words(const shrunk& r) {
  const run_size &a = r.before, &b = r.after;
  std::string text = change(a.decisions, b.decisions, "decisions that are not plain, ");
  if (a.faults != 0) text += change(a.faults, b.faults, "faults, ");
  text += change(a.processes, b.processes, "processes, ") + change(a.steps, b.steps, "steps");
  char took[80];
  std::snprintf(took, sizeof took, " (%llu runs in %.1f s%s)",
                static_cast<unsigned long long>(r.runs), static_cast<double>(r.time.count()) / 1e9,
                r.ran_out ? ", and there was no time for more" : "");
  return text + took;
}

int shrink_command(const invocation& how, std::vector<std::string> words) {
  command_line line(std::move(words));
  if (line.flag("--help")) {
    std::printf("%s ", how.program.c_str());
    std::printf(shrink_help, how.program.c_str());
    return 0;
  }
  std::string out = line.text("-o", "");
  shrink_limits limits;
  limits.time = std::chrono::seconds(line.number("--seconds", 10));
  limits.runs = line.number("--runs", limits.runs);
  const std::string path = line.only("FILE");
  const file_scenario file = open_run(how, path);
  const shrunk small = shrink_apart(*file.what, file.run, limits);
  if (!small.trouble.empty()) {
    std::fprintf(stderr, "%s: %s can't be made smaller: %s\n", how.program.c_str(), path.c_str(),
                 small.trouble.c_str());
    return exit_code_of(failure_kind::nondeterminism);
  }
  if (out.empty()) out = small_name(path);
  save_run(small.run, out);
  std::printf("%s\n%s\n  replay: %s replay %s\n  see it: %s chart %s\n", in_words(small).c_str(),
              out.c_str(), how.program.c_str(), out.c_str(), how.program.c_str(), out.c_str());
  return 0;
}

}  // namespace beamish::inline v0::sim
