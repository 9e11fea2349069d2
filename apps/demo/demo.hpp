// SPDX-License-Identifier: Apache-2.0
// `beamish demo`: the course's last program. Functions of 3, 1, 2, 1 and 3 seconds go to a task
// handler with a limit of 2, send their messages to the process that made them, and are done after
// 6 seconds.
//
//   return run_demo(argc, argv, terminal_of(look_around()));
//
// Owns the program while it runs: Ctrl-C ends it. Returns the exit code.

#pragma once

#include "apps/cli/command_line.hpp"
#include "apps/terminal/terminal.hpp"

namespace beamish::apps {

int run_demo(int argc, char** argv, const demo_request& request, const terminal_traits& traits);

}  // namespace beamish::apps
