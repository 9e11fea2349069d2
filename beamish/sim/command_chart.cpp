// SPDX-License-Identifier: Apache-2.0
//
// tested in: command_verbs_test.cpp
#include "beamish/sim/command_chart.hpp"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "beamish/sim/chart.hpp"
#include "beamish/sim/command_files.hpp"
#include "beamish/sim/command_line.hpp"
#include "beamish/sim/explore.hpp"

namespace beamish::inline v0::sim {

namespace {

constexpr const char* chart_help =
    "chart FILE\n"
    "\n"
    "Draws a recorded run: processes, what they send to whom, when it arrives, timers, faults, "
    "and\n"
    "where it fails.\n"
    "\n"
    "  --html OUT     a page for a browser instead; it needs nothing but itself\n"
    "  --width N      columns of the text (those of the terminal, or 100)\n"
    "  --ascii        no other signs than those of ASCII\n"
    "\n"
    "Example: %s chart ping-17.small.run --html ping.html\n";

constexpr const char* diff_help =
    "diff FILE OTHER\n"
    "\n"
    "The first step at which two runs of a scenario part, and what came before it. Exit code 0 if\n"
    "they are the same, 1 if not.\n"
    "\n"
    "  diff FILE                    against the plain run: oldest event first, no faults\n"
    "  diff FILE --seed N           against the run of that seed\n"
    "  --context N                  so many events before and after (5)\n"
    "\n"
    "Example: %s diff ping-17.small.run --seed 18\n";

unsigned width_of_terminal() {
  constexpr unsigned otherwise = 100;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) return size.ws_col;
  return otherwise;
}

bool says_nothing_of_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* const value = ::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string text = value;
    return text.find("UTF-8") == text.npos && text.find("utf8") == text.npos;
  }
  return ::isatty(STDOUT_FILENO) != 0;
}

bool wants_color() {
  const char* const no = ::getenv("NO_COLOR");
  const char* const terminal = ::getenv("TERM");
  if (no != nullptr && *no != '\0') return false;
  return ::isatty(STDOUT_FILENO) != 0 && terminal != nullptr && std::string(terminal) != "dumb";
}

verdict play_with_trace(const scenario& s, const recorded_run& run) {
  trial_options o = s.options;
  o.answers = run.answers();
  o.keeps_trace = true;
  return run_in_simulation(s.body, o, run.seed);
}

std::string title_of(const recorded_run& run, const scenario& s) {
  return run.scenario + ", seed " + std::to_string(run.seed) + ": " + s.what;
}

void write_page(const std::string& path, const std::string& page) {
  std::ofstream out(path, std::ios::binary);
  out << page;
  out.close();
  if (!out) throw std::runtime_error("can't write " + path + ": " + ::strerror(errno));
}

// ---- diff

std::string line_of(const trace_event& e) {
  return e.text() + (e.detail.empty() ? "" : "  ; " + e.detail);
}

void print_events(const char* sign, const std::vector<trace_event>& all, std::size_t from,
                  std::size_t end) {
  for (std::size_t i = from; i < std::min(end, all.size()); ++i)
    std::printf("%s %s\n", sign, line_of(all[i]).c_str());
}

std::string result_of(const verdict& v) {
  if (v.complaints.empty()) return "went well";
  return "failed: " + std::string(name_of(v.kind)) + ": " + v.complaints.front();
}

int print_diff(const verdict& a, const verdict& b, const std::string& name_a,
               const std::string& name_b, std::size_t context) {
  std::size_t same = 0;
  const auto equal = [&](std::size_t i) { return a.events[i].text() == b.events[i].text(); };
  while (same < a.events.size() && same < b.events.size() && equal(same)) ++same;
  std::printf("- %s: %s, %llu steps\n+ %s: %s, %llu steps\n", name_a.c_str(), result_of(a).c_str(),
              static_cast<unsigned long long>(a.steps), name_b.c_str(), result_of(b).c_str(),
              static_cast<unsigned long long>(b.steps));
  if (same == a.events.size() && same == b.events.size()) {
    std::printf("the runs are the same\n");
    return 0;
  }
  const auto& longer = same < a.events.size() ? a.events : b.events;
  std::printf("they part at step %llu, at %s s of virtual time, after %zu equal events\n\n",
              static_cast<unsigned long long>(longer[same].step),
              seconds_text(longer[same].time).c_str(), same);
  print_events(" ", a.events, same - std::min(same, context), same);
  print_events("-", a.events, same, same + context);
  print_events("+", b.events, same, same + context);
  return 1;
}

verdict play_seed(const scenario& s, std::uint64_t seed) {
  trial_options o = s.options;
  o.search = {};
  o.answers.reset();
  o.keeps_trace = true;
  return run_in_simulation(s.body, o, seed);
}

}  // namespace

int chart_command(const invocation& how, std::vector<std::string> words) {
  command_line line(std::move(words));
  if (line.flag("--help")) {
    std::printf("%s ", how.program.c_str());
    std::printf(chart_help, how.program.c_str());
    return 0;
  }
  const std::string html = line.text("--html", "");
  chart_style style;
  style.width = static_cast<unsigned>(line.number("--width", width_of_terminal()));
  style.ascii = line.flag("--ascii") || says_nothing_of_utf8();
  style.color = wants_color();
  const file_scenario file = open_run(how, line.only("FILE"));
  const verdict v = play_with_trace(*file.what, file.run);
  const chart drawn = make_chart(title_of(file.run, *file.what), v);
  if (html.empty()) {
    std::fputs(chart_text(drawn, style).c_str(), stdout);
  } else {
    write_page(html, chart_html(drawn));
    std::printf("%s\n", html.c_str());
  }
  return v.kind == failure_kind::nondeterminism ? exit_code_of(v.kind) : 0;
}

int diff_command(const invocation& how, std::vector<std::string> words) {
  command_line line(std::move(words));
  if (line.flag("--help")) {
    std::printf("%s ", how.program.c_str());
    std::printf(diff_help, how.program.c_str());
    return 0;
  }
  const std::uint64_t seed = line.number("--seed", 0);
  const auto context = static_cast<std::size_t>(line.number("--context", 5));
  const std::vector<std::string> files = line.rest();
  if (files.empty()) throw usage_error("FILE is missing");
  if (files.size() > 2) throw usage_error("there is one word too many: '" + files[2] + "'");
  if (files.size() == 2 && seed != 0) throw usage_error("it is either OTHER or --seed");
  const file_scenario one = open_run(how, files[0]);
  const verdict a = play_with_trace(*one.what, one.run);
  if (files.size() == 2) {
    const file_scenario other = open_run(how, files[1]);
    if (other.what != one.what) {
      throw usage_error("these are runs of two scenarios: " + one.run.scenario + " and " +
                        other.run.scenario);
    }
    return print_diff(a, play_with_trace(*other.what, other.run), files[0], files[1], context);
  }
  if (seed != 0)
    return print_diff(a, play_seed(*one.what, seed), files[0], "seed " + std::to_string(seed),
                      context);
  recorded_run plain = one.run;
  plain.decisions.clear();
  return print_diff(a, play_with_trace(*one.what, plain), files[0], "the plain run", context);
}

}  // namespace beamish::inline v0::sim
