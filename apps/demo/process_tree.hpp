// SPDX-License-Identifier: Apache-2.0
// What a node looks like: every process under the one that spawned it, with its name or what it
// began with, its links, its mailbox, and what it waits for.
//
//   std::vector<process_row> rows = co_await look_at_processes();
//   for (const std::string& line : draw_processes(rows, false)) std::puts(line.c_str());
//   // #PID<0.1.0>   demo                 links 1   mailbox 0   waits for finished
//   // ├─ #PID<0.2.0>  TaskHandler ...
//
// Guarantees: asks every process at the same time and waits `patience` at most: a process that is
// busy in a callback is shown as busy. The processes that ask are not shown.

#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "beamish/runtime/process_info.hpp"

namespace beamish::apps {

struct process_row {
  pid process;
  bool answered = false;
  process_picture picture = {};
};

task<std::vector<process_row>> look_at_processes(
    duration patience = std::chrono::milliseconds(200));

// What a process began with, without what only a compiler needs to know.
std::string short_call(std::string_view initial_call);

std::vector<std::string> draw_processes(const std::vector<process_row>& rows, bool ascii);

}  // namespace beamish::apps
