// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/command.hpp"

#include <algorithm>
#include <cstdio>

#include "beamish/sim/command_line.hpp"
#include "beamish/sim/command_run.hpp"

namespace beamish::inline v0::sim {

namespace {

constexpr const char* usage =
    "run [SCENARIO...]   play scenarios under many seeds; --help says how many, and how\n"
    "  list                the scenarios\n";

int list(const std::vector<scenario>& all) {
  std::size_t width = 0;
  for (const scenario& s : all) width = std::max(width, s.name.size());
  for (const scenario& s : all) {
    std::printf("%-*s  %s\n", static_cast<int>(width), s.name.c_str(), s.what.c_str());
  }
  return 0;
}

int do_verb(const invocation& how, const std::string& verb, std::vector<std::string> words) {
  if (verb == "run") return run_command(how, std::move(words));
  if (verb == "list" && words.empty()) return list(how.all);
  if (verb == "--help" || verb == "-h" || verb == "help") {
    std::printf("%s %s", how.program.c_str(), usage);
    return 0;
  }
  throw usage_error("there is no verb '" + verb + "'");
}

}  // namespace

int command(const std::string& program, const std::string& path,
            const std::vector<std::string>& words, const std::vector<scenario>& all) {
  const invocation how{program, path, all};
  try {
    if (words.empty()) throw usage_error("what shall it do?");
    return do_verb(how, words.front(), {words.begin() + 1, words.end()});
  } catch (const usage_error& e) {
    std::fprintf(stderr, "%s: %s\n  %s --help   says what there is\n", program.c_str(), e.what(),
                 program.c_str());
    return 2;
  }
}

int main(int argc, char** argv, const std::vector<scenario>& all) {
  return command(argv[0], argv[0], {argv + 1, argv + argc}, all);
}

}  // namespace beamish::inline v0::sim
