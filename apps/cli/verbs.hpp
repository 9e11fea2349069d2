// SPDX-License-Identifier: Apache-2.0
// The one table of what `beamish` can be asked: its verbs, their options, examples and exit codes.
//
//   find_verb("batch")->options[0].name;        //=> "limit"
//
// The command line is read by it, and --help, the completions of the shells and the manual page
// are printed from it, so that they can't tell different things.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace beamish::apps {

// What the completion of a shell should offer for a value.
enum class value_kind : std::uint8_t { text, file, directory, choice };

struct option_row {
  std::string_view name;   // without --
  char letter = '\0';      // '\0': it has no short form
  std::string_view value;  // how help calls it; "" for a flag
  std::string_view help;
  value_kind kind = value_kind::text;
  std::string_view choices = "";  // separated by blanks

  constexpr bool is_flag() const { return value.empty(); }
};

struct argument_row {
  std::string_view name;
  std::string_view help;
  value_kind kind = value_kind::text;
  std::string_view choices = "";
};

struct exit_code_row {
  int code;
  std::string_view meaning;
};

struct example_row {
  std::string_view line;
  std::string_view meaning;
};

struct verb_row {
  std::string_view name;
  std::string_view summary;
  std::span<const argument_row> arguments;  // all are required
  std::span<const option_row> options;
  std::string_view details;  // paragraphs, in lines of at most 90 characters
  std::span<const example_row> examples;
  std::span<const exit_code_row> exit_codes;
  // The words behind it are read by somebody else, who has options of their own.
  bool passes_on = false;
};

std::span<const verb_row> verbs();

// Null if there is none.
const verb_row* find_verb(std::string_view name);

// What stands below the options in `beamish VERB --help`: details, examples, exit codes.
std::string footer_of(const verb_row& verb);

}  // namespace beamish::apps
