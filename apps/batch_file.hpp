// SPDX-License-Identifier: Apache-2.0
// Reads a file of commands.
//
//   command_file f = read_command_file("jobs.txt");
//   f.problems;                         // empty, or what to tell the user
//   f.commands;                         // as shell_words.hpp reads them
//
// The name - stands for standard input, which is read to its end before anything else happens. A
// file with a line that cannot be read yields problems and no command: nothing should run then.

#pragma once

#include <string>
#include <vector>

#include "beamish/jobs/shell_words.hpp"

namespace beamish::apps {

struct command_file {
  std::string name;  // for people
  std::vector<shell_command> commands;
  std::vector<std::string> problems;
  std::vector<std::string> hints;  // what is allowed but may not be meant
};

command_file read_command_file(const std::string& path);

// The same for a text that is there already.
command_file parse_command_file(const std::string& name, const std::string& text);

}  // namespace beamish::apps
