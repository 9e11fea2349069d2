// SPDX-License-Identifier: Apache-2.0
//
// A task that may be started again has a function that can't be copied.
//
// expect: task_spec: a task that may be started again must be copyable
#include <memory>

#include "beamish/otp/task_spec.hpp"

void use() {
  auto number = std::make_unique<int>(1);
  auto right = beamish::task_spec([] { return 1; });
  // wrong:
  auto wrong = beamish::task_spec([n = std::move(number)] { return *n; });
  // end
}
