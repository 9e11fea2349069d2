// SPDX-License-Identifier: Apache-2.0
// The commands of `beamish demo --heal`: what a line means, and how lines come in.
//
//   heal_command c = heal_command_of("kill handler");
//   c.what == heal_command::kind::kill;    //=> true
//   c.part;                                //=> "handler"
//   spawn_thread(read_commands, self());   // sends a heal_command for each line, the last is `end`
//
// One letter is enough for what may be killed: h, q, r (the tasks' runner), s, t.
// Threads: read_commands blocks one, until the input ends or its process does.

#pragma once

#include <string>
#include <string_view>

#include "beamish/term/identifiers.hpp"

namespace beamish::apps {

struct heal_command {
  enum class kind : std::uint8_t { kill, wait, quit, help, nothing, unknown, end };
  kind what = kind::nothing;
  std::string part = {};  // handler, queue, tasks, supervisor or task
  std::int64_t milliseconds = 0;
};

heal_command heal_command_of(std::string_view line);
void read_commands(pid listener);

}  // namespace beamish::apps
