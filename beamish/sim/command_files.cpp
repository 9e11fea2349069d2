// SPDX-License-Identifier: Apache-2.0
//
// tested in: command_verbs_test.cpp
#include "beamish/sim/command_files.hpp"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include "beamish/sim/command.hpp"
#include "beamish/sim/command_line.hpp"

namespace beamish::inline v0::sim {

namespace {

namespace fs = std::filesystem;

bool is_program(const std::string& file) {
  std::error_code none;
  return fs::is_regular_file(file, none) && ::access(file.c_str(), X_OK) == 0;
}

bool is_this_program(const std::string& file) {
  std::error_code none;
  return fs::equivalent(file, "/proc/self/exe", none);
}

recorded_run load(const std::string& path) {
  try {
    return load_run(path);
  } catch (const std::runtime_error& e) {
    throw usage_error(std::string(e.what()) + "; `run` writes such files when something fails");
  }
}

std::string names_of(const std::vector<scenario>& all) {
  std::string names;
  for (const scenario& s : all) names += (names.empty() ? "" : ", ") + s.name;
  return names.empty() ? "none" : names;
}

// The scenario is not one of this program's.
[[noreturn]] void go_on_elsewhere(const invocation& how, const std::string& path,
                                  const recorded_run& run) {
  const std::string unknown = path + ": the scenario '" + run.scenario + "' is not one of " +
                              how.program + " (there is " + names_of(how.all) + ")";
  if (run.program.empty()) throw usage_error(unknown + ", and the file names no other program");
  const program_words there = split_program(run.program);
  if (!is_program(there.file)) {
    throw usage_error(unknown + ", and " + there.file + ", which recorded it, is gone; build it " +
                      "again, or give the file to the program that has the scenario now");
  }
  if (is_this_program(there.file) && there.words == split_program(how.path).words) {
    throw usage_error(unknown + " any more, though it recorded the file");
  }
  std::vector<std::string> words = there.words;
  words.insert(words.end(), how.words.begin(), how.words.end());
  throw usage_error(unknown + ", and " + become(there.file, words));
}

}  // namespace

program_words split_program(const std::string& program) {
  program_words split{program, {}};
  while (!is_program(split.file)) {
    const std::size_t blank = split.file.rfind(' ');
    if (blank == std::string::npos) return {program, {}};
    split.words.insert(split.words.begin(), split.file.substr(blank + 1));
    split.file.resize(blank);
  }
  return split;
}

std::string become(const std::string& file, const std::vector<std::string>& words) {
  std::vector<char*> all{const_cast<char*>(file.c_str())};
  for (const std::string& w : words) all.push_back(const_cast<char*>(w.c_str()));
  all.push_back(nullptr);
  std::fflush(nullptr);
  ::execvp(file.c_str(), all.data());
  return "can't start " + file + ": " + ::strerror(errno);
}

std::string path_of_this_program(const char* called_as) {
  std::error_code failed;
  const fs::path here = fs::read_symlink("/proc/self/exe", failed);
  return failed ? std::string(called_as) : here.string();
}

file_scenario open_run(const invocation& how, const std::string& path) {
  file_scenario found{load(path), nullptr};
  const auto at = std::find_if(how.all.begin(), how.all.end(),
                               [&](const scenario& s) { return s.name == found.run.scenario; });
  if (at == how.all.end()) go_on_elsewhere(how, path, found.run);
  if (found.run.steps == 0 && found.run.trace_hash == 0) {
    throw usage_error(path + ": this run ended its program, so its decisions are not known; `" +
                      how.program + " run " + found.run.scenario + " --from " +
                      std::to_string(found.run.seed) + " --seeds 1` plays it");
  }
  found.what = &*at;
  return found;
}

}  // namespace beamish::inline v0::sim
