// SPDX-License-Identifier: Apache-2.0
//
// explore on several cores, each a process of the operating system: so a run that ends the program
// is a failure like any other.
//
//     sim::exploration e = sim::search(scenario, {.seeds = 10'000}, 2);
//
// Guarantees: finds the failing run with the lowest seed, whatever the number of jobs. Of a run
// that ended the program only the seed is known, not its decisions.
// Threads: REQUIRES that the program has no others: it forks. Failure: std::system_error if there
// can be no further process.
// tested in: search_test.cpp
#pragma once

#include "beamish/sim/explore.hpp"

namespace beamish::inline v0::sim {

// An exhaustive search has one job.
exploration search(const scenario& s, const plan& p, unsigned jobs);

}  // namespace beamish::inline v0::sim
