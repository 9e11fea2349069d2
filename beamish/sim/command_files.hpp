// SPDX-License-Identifier: Apache-2.0
//
// The files that the simulation's command is given: which scenario one belongs to, and which
// program.
//
//     file_scenario one = open_run(how, "ping-17.run");   // or it goes on elsewhere
//     sim::replay(*one.what, one.run);
//
// A file says which program recorded it. If this program does not know the scenario and that one
// is still there, this process becomes that program, with the same words: so open_run may not
// return. Errors: usage_error that names the file and the way out.
// tested in: command_verbs_test.cpp
#pragma once

#include <string>
#include <vector>

#include "beamish/sim/command_run.hpp"
#include "beamish/sim/run_file.hpp"

namespace beamish::inline v0::sim {

struct file_scenario {
  recorded_run run;
  const scenario* what = nullptr;
};

file_scenario open_run(const invocation& how, const std::string& path);

// What a `program` line means: a file, and words that go before the verb ("/usr/bin/beamish sim").
struct program_words {
  std::string file;
  std::vector<std::string> words;
};
program_words split_program(const std::string& program);

// This process becomes that program. Returns only if it can't: why.
std::string become(const std::string& file, const std::vector<std::string>& words);

}  // namespace beamish::inline v0::sim
