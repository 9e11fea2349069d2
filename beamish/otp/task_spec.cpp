// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/task_spec.hpp"

namespace beamish::inline v0::detail {

child_specification spec_of_task(std::shared_ptr<child_starter> starter) {
  starter->module = elixir_module("Task");
  child_specification spec(term(starter->module), std::move(starter));
  spec.restart = restart_kind::temporary;
  return spec;
}

task<start_result<void>> started_task(pid process) {
  co_return start_result<void>(start_answer{start_answer::kind::ok, process, exit_reason()});
}

}  // namespace beamish::inline v0::detail
