// SPDX-License-Identifier: Apache-2.0
//
// All scenarios as a command (`run`, `list`: see sim/command.hpp), with two verbs of its own:
//
//     sim_scenarios traces FIRST COUNT     a line `scenario seed steps hash` for each run
//     sim_scenarios speed                  how fast simulated worlds are on this machine
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "beamish/sim/command.hpp"
#include "beamish/sim/explore.hpp"
#include "tests/sim/scenarios.hpp"

using namespace beamish;

namespace {

std::vector<sim::scenario> all_scenarios() {
  std::vector<sim::scenario> all;
  for (auto list : {message_scenarios,
                    exit_scenarios,
                    link_scenarios,
                    monitor_scenarios,
                    name_scenarios,
                    timer_scenarios,
                    call_scenarios,
                    server_scenarios,
                    chain_scenarios,
                    start_scenarios,
                    ending_scenarios,
                    node_scenarios,
                    thread_scenarios,
                    task_scenarios,
                    task_end_scenarios,
                    memory_scenarios,
                    relation_scenarios,
                    timer_model_scenarios,
                    limit_scenarios,
                    address_scenarios,
                    node_close_scenarios,
                    agent_scenarios,
                    application_scenarios,
                    async_scenarios,
                    bounded_mailbox_scenarios,
                    cycle_scenarios,
                    deadline_scenarios,
                    dynamic_supervisor_scenarios,
                    partition_scenarios,
                    registry_scenarios,
                    statem_scenarios,
                    stream_scenarios,
                    supervisor_end_scenarios,
                    supervisor_scenarios,
                    task_choice_scenarios,
                    task_supervisor_scenarios,
                    task_tree_scenarios,
                    watching_scenarios,
                    registry_model_scenarios,
                    mailbox_scenarios,
                    shared_limit_scenarios,
                    statem_model_scenarios,
                    supervisor_stop_scenarios,
                    task_model_scenarios,
                    tie_scenarios,
                    tiny_scenarios,
                    tiny_task_scenarios,
                    tiny_tree_scenarios,
                    canary_scenarios}) {
    for (auto& s : list()) all.push_back(std::move(s));
  }
  return all;
}

int print_traces(std::uint64_t first, std::uint64_t count) {
  for (const sim::scenario& s : all_scenarios()) {
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
      const sim::verdict v = sim::run_in_simulation(s.body, s.options, seed);
      std::printf("%s %" PRIu64 " %" PRIu64 " %016" PRIx64 "\n", s.name.c_str(), seed, v.steps,
                  v.trace_hash);
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view verb = argc > 1 ? argv[1] : "";
  if (verb == "speed" && argc == 2) return print_speed();
  if (verb == "traces" && argc == 4)
    return print_traces(std::strtoull(argv[2], nullptr, 10), std::strtoull(argv[3], nullptr, 10));
  return sim::main(argc, argv, all_scenarios());
}
