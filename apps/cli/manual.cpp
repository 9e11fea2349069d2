// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/manual.hpp"

#include <string_view>

#include "apps/cli/verbs.hpp"

namespace beamish::apps {
namespace {

// A text that roff prints as it is. Lines that begin with a control character get a zero width one
// before it.
std::string plain(std::string_view text) {
  std::string result;
  bool at_begin = true;
  for (const char c : text) {
    if (at_begin && (c == '.' || c == '\'')) result += "\\&";
    at_begin = c == '\n';
    switch (c) {
      case '\\':
        result += "\\e";
        break;
      case '-':
        result += "\\-";
        break;
      case '\'':
        result += "\\(aq";
        break;
      case '`':
        result += "\\(ga";
        break;
      case '^':
        result += "\\(ha";
        break;
      case '~':
        result += "\\(ti";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string bold(std::string_view text) { return "\\fB" + plain(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + plain(text) + "\\fR"; }

std::string entry(const std::string& tag, std::string_view text) {
  return ".TP\n" + tag + "\n" + plain(text) + "\n";
}

std::string option_entry(const option_row& option) {
  std::string tag;
  if (option.letter != '\0') tag = bold(std::string{'-', option.letter}) + ", ";
  tag += bold("--" + std::string(option.name));
  if (!option.is_flag()) tag += " " + italic(option.value);
  return entry(tag, option.help);
}

// Blank lines part paragraphs.
std::string paragraphs(std::string_view text) {
  std::string result = ".PP\n";
  while (!text.empty()) {
    const auto end = text.find("\n\n");
    result += plain(text.substr(0, end)) + "\n";
    if (end == text.npos) break;
    result += ".PP\n";
    text.remove_prefix(end + 2);
  }
  return result;
}

std::string synopsis(const verb_row& verb) {
  std::string line = bold("beamish " + std::string(verb.name));
  if (!verb.options.empty()) line += " [" + italic("OPTIONS") + "]";
  for (const argument_row& row : verb.arguments) line += " " + italic(row.name);
  return line;
}

std::string section_of(const verb_row& verb) {
  std::string text = ".SS " + plain(verb.name) + "\n" + synopsis(verb) + "\n.PP\n";
  text += plain(verb.summary) + "\n";
  for (const argument_row& row : verb.arguments) text += entry(italic(row.name), row.help);
  for (const option_row& option : verb.options) text += option_entry(option);
  if (!verb.details.empty()) text += paragraphs(verb.details);
  text += ".PP\nExamples:\n";
  for (const example_row& example : verb.examples)
    text += entry(bold(example.line), example.meaning);
  text += ".PP\nExit codes:\n";
  for (const exit_code_row& row : verb.exit_codes)
    text += entry(bold(std::to_string(row.code)), row.meaning);
  return text;
}

}  // namespace

std::string manual_page(const std::string& version) {
  std::string text = ".TH BEAMISH 1 \"\" \"beamish " + plain(version) + "\" \"User Commands\"\n";
  text += ".SH NAME\nbeamish \\- processes, servers and tasks as in OTP, in C++\n.SH SYNOPSIS\n";
  for (const verb_row& verb : verbs()) text += synopsis(verb) + "\n.br\n";
  text += bold("beamish") + " [" + italic("VERB") + "] " + bold("--help") + "\n.br\n";
  text += bold("beamish --version") + "\n.SH VERBS\n";
  for (const verb_row& verb : verbs()) text += section_of(verb);
  return text;
}

}  // namespace beamish::apps
