// SPDX-License-Identifier: Apache-2.0
//
// The verb `shrink` of the simulation's command, and the shrinking that `run` does by itself.
// tested in: command_verbs_test.cpp
#pragma once

#include <string>
#include <vector>

#include "beamish/sim/command_run.hpp"
#include "beamish/sim/shrink.hpp"

namespace beamish::inline v0::sim {

int shrink_command(const invocation& how, std::vector<std::string> words);

// In a child process, since a smaller run may end its program; then the run stays as it is, and
// `trouble` says so. REQUIRES: this program has no other threads. Throws std::system_error if there
// can be no further process.
shrunk shrink_apart(const scenario& s, const recorded_run& run, const shrink_limits& limits = {});

// "412 -> 3 decisions that are not plain, 2 -> 0 faults, ..."
std::string in_words(const shrunk& result);

}  // namespace beamish::inline v0::sim
