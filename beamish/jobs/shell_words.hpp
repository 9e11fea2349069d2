// SPDX-License-Identifier: Apache-2.0
// Shell words: the words of a command as a POSIX shell would split and unquote them, and nothing
// else of a shell: no expansion, no operators.
//
//   shell_script s = parse_script("# nightly\ncp 'my file' \"$HOME\"\n");
//   s.commands[0].line;                  //=> 2
//   s.commands[0].words;                 // cp, my file, $HOME
//   shell_quote("it's");                 //=> "'it'\\''s'"
//
// What counts: single quotes, double quotes (inside them a backslash quotes only $ ` " \ and the
// end of the line), backslash, words glued from such parts, and # at the start of a word, which
// makes the rest of the line a comment. A backslash at the end of a line joins it with the next.
// Both \n and \r\n end a line; a byte order mark before the first one is skipped.
//
// A script holds one command per line, so a quote has to be closed on the line that opens it: two
// stray apostrophes never swallow the commands between them. Within one command
// (parse_command) a quoted newline stands for itself.
//
// Pure functions: any thread, no state. Errors are values and name the place, columns counted in
// UTF-8 characters.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace beamish::inline v0 {

// One thing that a text does wrong, and where.
struct shell_error {
  std::size_t line = 0;    // from 1
  std::size_t column = 0;  // from 1
  std::string problem;

  std::string text() const;  // line 3, column 14: this ' is never closed
};

// A character that a shell would act on and that stands here for itself, such as | or $. Callers
// may want to warn: who writes one may have meant a shell.
struct shell_special {
  std::size_t line = 0;
  std::size_t column = 0;
  char character = 0;
};

struct shell_command {
  std::size_t line = 0;  // where it starts, from 1
  std::vector<std::string> words;
};

struct shell_script {
  std::vector<shell_command> commands;
  std::vector<shell_error> errors;      // at most one for each line; such a line is no command
  std::vector<shell_special> specials;  // at most one for each command
};

// One command per line; lines without a word are skipped.
shell_script parse_script(std::string_view text);

// One command; a newline outside quotes is white space. `commands` has at most one element.
shell_script parse_command(std::string_view text);

// A spelling of the word, or of the words with a blank between them, that parses back to the same.
std::string shell_quote(std::string_view word);
std::string shell_quote(const std::vector<std::string>& words);

}  // namespace beamish::inline v0
