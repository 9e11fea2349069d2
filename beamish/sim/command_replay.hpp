// SPDX-License-Identifier: Apache-2.0
//
// The verb `replay` of the simulation's command: a recorded run again, for a person or a debugger.
// tested in: command_verbs_test.cpp
#pragma once

#include <string>
#include <vector>

#include "beamish/sim/command_run.hpp"

namespace beamish::inline v0::sim {

int replay_command(const invocation& how, std::vector<std::string> words);

}  // namespace beamish::inline v0::sim
