// SPDX-License-Identifier: Apache-2.0
//
// The verbs `chart` and `diff` of the simulation's command.
// tested in: command_verbs_test.cpp
#pragma once

#include <string>
#include <vector>

#include "beamish/sim/command_run.hpp"

namespace beamish::inline v0::sim {

int chart_command(const invocation& how, std::vector<std::string> words);
int diff_command(const invocation& how, std::vector<std::string> words);

}  // namespace beamish::inline v0::sim
