// SPDX-License-Identifier: Apache-2.0
// Reads a file of commands.
//
//   command_file f = read_command_file("jobs.txt", {.labels = true});
//   f.problems;                         // empty, or what to tell the user
//   f.commands[0].words;                // as shell_words.hpp reads them
//
// The name - stands for standard input, which is read to its end before anything else happens. A
// file with a line that cannot be read yields problems and no command: nothing should run then.
//
// For a shell (`shell`) a line is passed on as it stands; with `labels` it begins with a label and
// a colon: letters, digits, and . _ - after the first character, so that it is also a file's name.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace beamish::apps {

struct batch_command {
  std::size_t line = 0;
  std::string label = {};  // empty if it has none
  std::string text = {};   // as a shell would have it written
  std::vector<std::string> words = {};
};

struct command_file {
  std::string name;  // for people
  std::vector<batch_command> commands;
  std::vector<std::string> problems;
  std::vector<std::string> hints;  // what is allowed but may not be meant
};

struct line_reading {
  bool shell = false;
  bool labels = false;
};

command_file read_command_file(const std::string& path, line_reading how = {});

// The same for a text that is there already.
command_file parse_command_file(const std::string& name, const std::string& text,
                                line_reading how = {});

}  // namespace beamish::apps
