// SPDX-License-Identifier: Apache-2.0
// The scenarios of `beamish sim`: the course's task handler as taught, and the product, under the
// same promises.
//
//   for (const sim::scenario& s : scenarios()) std::puts(s.name.c_str());    // taught-order, ...
//
// The promises:
// - Order: a job starts only after those that were added before it, but for as many as can be
//   starting at the same moment: fewer of them than the limit have not started yet.
// - No idle place: there are no fewer jobs running than the limit, while one waits, for longer than
//   a quarter of a second. (A handler that looks ten times a second has two looks for it.)
// - Never more jobs run than the limit says.
// - Every job runs to its end, exactly once, also if others raise.
//
// tested in: ledger_test.cpp

#pragma once

#include <vector>

#include "beamish/sim/scenario.hpp"

namespace beamish::apps {

std::vector<sim::scenario> scenarios();

}  // namespace beamish::apps
