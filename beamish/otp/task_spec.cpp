// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/task_spec.hpp"

namespace beamish::inline v0::detail {

const starter_kind task_kind{.module = "Task"};

child_specification spec_of_task(std::unique_ptr<child_starter> starter) {
  return specification_with(std::move(starter), {.restart = restart_kind::temporary});
}

}  // namespace beamish::inline v0::detail
