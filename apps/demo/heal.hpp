// SPDX-License-Identifier: Apache-2.0
// `beamish demo --heal`: a task handler that works while somebody kills its processes.
//
//   return run_heal(argc, argv, request, terminal_of(look_around()));
//
// Tasks are submitted to a supervised handler all the time; standard input says what to kill, a
// line for each command. When it ends, or says quit, what was submitted is awaited and counted.
// Owns the program while it runs. Returns the exit code: 0 if each task gave one response.

#pragma once

#include "apps/cli/command_line.hpp"
#include "apps/terminal/terminal.hpp"

namespace beamish::apps {

int run_heal(int argc, char** argv, const demo_request& request, const terminal_traits& traits);

}  // namespace beamish::apps
