// SPDX-License-Identifier: Apache-2.0
//
// The lists of scenarios, one for each source of this folder: what Beamish promises, under every
// order of events and under faults.
#pragma once

#include <vector>

#include "beamish/sim/scenario.hpp"

std::vector<beamish::sim::scenario> address_scenarios();
std::vector<beamish::sim::scenario> agent_scenarios();
std::vector<beamish::sim::scenario> application_scenarios();
std::vector<beamish::sim::scenario> async_scenarios();
std::vector<beamish::sim::scenario> bounded_mailbox_scenarios();
std::vector<beamish::sim::scenario> call_scenarios();
std::vector<beamish::sim::scenario> canary_scenarios();
std::vector<beamish::sim::scenario> chain_scenarios();
std::vector<beamish::sim::scenario> cycle_scenarios();
std::vector<beamish::sim::scenario> deadline_scenarios();
std::vector<beamish::sim::scenario> dynamic_supervisor_scenarios();
std::vector<beamish::sim::scenario> ending_scenarios();
std::vector<beamish::sim::scenario> exit_scenarios();
std::vector<beamish::sim::scenario> limit_scenarios();
std::vector<beamish::sim::scenario> link_scenarios();
std::vector<beamish::sim::scenario> mailbox_scenarios();
std::vector<beamish::sim::scenario> memory_scenarios();
std::vector<beamish::sim::scenario> message_scenarios();
std::vector<beamish::sim::scenario> monitor_scenarios();
std::vector<beamish::sim::scenario> name_scenarios();
std::vector<beamish::sim::scenario> node_close_scenarios();
std::vector<beamish::sim::scenario> node_scenarios();
std::vector<beamish::sim::scenario> partition_scenarios();
std::vector<beamish::sim::scenario> registry_model_scenarios();
std::vector<beamish::sim::scenario> registry_scenarios();
std::vector<beamish::sim::scenario> relation_scenarios();
std::vector<beamish::sim::scenario> server_scenarios();
std::vector<beamish::sim::scenario> shared_limit_scenarios();
std::vector<beamish::sim::scenario> start_scenarios();
std::vector<beamish::sim::scenario> statem_model_scenarios();
std::vector<beamish::sim::scenario> statem_scenarios();
std::vector<beamish::sim::scenario> stream_scenarios();
std::vector<beamish::sim::scenario> supervisor_end_scenarios();
std::vector<beamish::sim::scenario> supervisor_scenarios();
std::vector<beamish::sim::scenario> supervisor_stop_scenarios();
std::vector<beamish::sim::scenario> task_choice_scenarios();
std::vector<beamish::sim::scenario> task_end_scenarios();
std::vector<beamish::sim::scenario> task_model_scenarios();
std::vector<beamish::sim::scenario> task_scenarios();
std::vector<beamish::sim::scenario> task_supervisor_scenarios();
std::vector<beamish::sim::scenario> task_tree_scenarios();
std::vector<beamish::sim::scenario> thread_scenarios();
std::vector<beamish::sim::scenario> tie_scenarios();
std::vector<beamish::sim::scenario> timer_model_scenarios();
std::vector<beamish::sim::scenario> timer_scenarios();
std::vector<beamish::sim::scenario> tiny_scenarios();
std::vector<beamish::sim::scenario> tiny_task_scenarios();
std::vector<beamish::sim::scenario> tiny_tree_scenarios();
std::vector<beamish::sim::scenario> watching_scenarios();

// Measures, and prints a line.
int print_speed();
