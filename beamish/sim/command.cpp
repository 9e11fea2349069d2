// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/command.hpp"

#include <algorithm>
#include <cstdio>

#include "beamish/sim/command_chart.hpp"
#include "beamish/sim/command_files.hpp"
#include "beamish/sim/command_line.hpp"
#include "beamish/sim/command_replay.hpp"
#include "beamish/sim/command_run.hpp"
#include "beamish/sim/command_shrink.hpp"

namespace beamish::inline v0::sim {

namespace {

constexpr const char* usage =
    "VERB ...\n"
    "\n"
    "  run [SCENARIO...]    play scenarios under many seeds; what fails is made small and kept\n"
    "  list                 the scenarios\n"
    "  replay FILE          a recorded run again\n"
    "  shrink FILE          make it small\n"
    "  chart FILE           draw it: who sent what to whom, and where it fails\n"
    "  diff FILE [OTHER]    where two runs part\n"
    "\n"
    "Each has --help. Exit codes: 0 all went well, 2 wrong usage, 65 crash, 66 invariant,\n"
    "67 liveness, 68 deadlock, 69 nondeterminism.\n";

int list_command(const invocation& how, std::vector<std::string> words) {
  command_line line(std::move(words));
  if (line.flag("--help")) {
    std::printf("%s list\n\nThe scenarios that there are, and what they show.\n",
                how.program.c_str());
    return 0;
  }
  if (!line.rest().empty()) throw usage_error("list takes no further words");
  const std::vector<scenario>& all = how.all;
  std::size_t width = 0;
  for (const scenario& s : all) width = std::max(width, s.name.size());
  for (const scenario& s : all) {
    std::printf("%-*s  %s\n", static_cast<int>(width), s.name.c_str(), s.what.c_str());
  }
  return 0;
}

int do_verb(const invocation& how, const std::string& verb, std::vector<std::string> words) {
  if (verb == "run") return run_command(how, std::move(words));
  if (verb == "replay") return replay_command(how, std::move(words));
  if (verb == "shrink") return shrink_command(how, std::move(words));
  if (verb == "chart") return chart_command(how, std::move(words));
  if (verb == "diff") return diff_command(how, std::move(words));
  if (verb == "list") return list_command(how, std::move(words));
  if (verb == "--help" || verb == "-h" || verb == "help") {
    std::printf("%s %s", how.program.c_str(), usage);
    return 0;
  }
  throw usage_error("there is no verb '" + verb + "'");
}

}  // namespace

int command(const std::string& program, const std::string& path,
            const std::vector<std::string>& words, const std::vector<scenario>& all) {
  const invocation how{program, path, all, words};
  try {
    if (words.empty()) throw usage_error("what shall it do?");
    return do_verb(how, words.front(), {words.begin() + 1, words.end()});
  } catch (const usage_error& e) {
    std::fprintf(stderr, "%s: %s\n  %s --help   says what there is\n", program.c_str(), e.what(),
                 program.c_str());
    return 2;
  } catch (const std::runtime_error& e) {
    std::fprintf(stderr, "%s: %s\n", program.c_str(), e.what());
    return 2;
  }
}

int main(int argc, char** argv, const std::vector<scenario>& all) {
  return command(argv[0], path_of_this_program(argv[0]), {argv + 1, argv + argc}, all);
}

}  // namespace beamish::inline v0::sim
