// SPDX-License-Identifier: Apache-2.0
//
// The verb `run` of the simulation's command.
// tested in: command_test.cpp
#pragma once

#include <string>
#include <vector>

#include "beamish/sim/scenario.hpp"

namespace beamish::inline v0::sim {

// How the command was called, and what it knows.
struct invocation {
  std::string program;  // as a person types it
  std::string path;     // that can be executed
  const std::vector<scenario>& all;
  std::vector<std::string> words;  // the verb and all behind it
};

int run_command(const invocation& how, std::vector<std::string> words);

}  // namespace beamish::inline v0::sim
