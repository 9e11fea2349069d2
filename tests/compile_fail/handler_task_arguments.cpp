// SPDX-License-Identifier: Apache-2.0
//
// A task handler is given a function that wants arguments.
//
// expect: a task of a handler is a function without parameters, or with a task_progress&
#include "beamish/jobs/task_handler.hpp"

int square(int x) { return x * x; }

void use(const beamish::task_handler& handler) {
  auto good = handler.submit([] { return square(2); });
  (void)good;
  // wrong:
  auto bad = handler.submit(square);
  (void)bad;
  // end
}
