// SPDX-License-Identifier: Apache-2.0
// `beamish batch`: the commands of a file, run through a task handler at a limit.
//
//   return run_batch(request.batch, terminal_of(look_around()));
//
// Output, progress and summary are described by `beamish batch --help`. Blocks the calling thread,
// which must be the program's first and only one, for it takes over SIGINT, SIGTERM and SIGHUP.
// Returns the exit code: 0 all commands exited with 0, 1 some did not or did not run or the output
// could not be written, 2 nothing was run because the file is not good.

#pragma once

#include "apps/cli/command_line.hpp"
#include "apps/terminal/terminal.hpp"

namespace beamish::apps {

int run_batch(const batch_request& request, const terminal_traits& traits);

}  // namespace beamish::apps
