// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/command.hpp"
#include "tests/sim/scenarios.hpp"

int main(int argc, char** argv) {
  std::vector<beamish::sim::scenario> all;
  for (auto list : {message_scenarios, exit_scenarios, monitor_scenarios, name_scenarios,
                    timer_scenarios, call_scenarios, server_scenarios, start_scenarios,
                    ending_scenarios, node_scenarios, thread_scenarios, task_scenarios,
                    task_end_scenarios, memory_scenarios, tiny_scenarios, canary_scenarios}) {
    for (auto& s : list()) all.push_back(std::move(s));
  }
  return beamish::sim::main(argc, argv, all);
}
