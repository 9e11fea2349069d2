// SPDX-License-Identifier: Apache-2.0
// `beamish compare`: the same tasks on the course's task handler as taught, and on the product.
//
//   return run_compare(argc, argv, request.compare, terminal_of(look_around()));
//
// Both work at the same time in one node; the tasks only sleep, so that neither takes anything from
// the other. Then each handler alone gets empty tasks, as fast as it takes them (see rate.hpp).
// Owns the program while it runs: Ctrl-C ends it. Returns the exit code.

#pragma once

#include "apps/cli/command_line.hpp"
#include "apps/terminal/terminal.hpp"

namespace beamish::apps {

int run_compare(int argc, char** argv, const compare_request& request,
                const terminal_traits& traits);

}  // namespace beamish::apps
