// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/completion.hpp"

#include <initializer_list>

#include "apps/cli/verbs.hpp"

namespace beamish::apps {
namespace {

// Each of `special` with a backslash before it.
std::string escaped(std::string_view text, std::string_view special) {
  std::string result;
  for (const char c : text) {
    if (special.find(c) != special.npos) result += '\\';
    result += c;
  }
  return result;
}

// For bash and zsh: a quote ends the text, stands alone, and the text goes on.
std::string in_quotes(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'')
      result += "'\\''";
    else
      result += c;
  }
  return result + "'";
}

std::string fish_quoted(std::string_view text) { return "'" + escaped(text, "\\'") + "'"; }

void append(std::string& to, std::initializer_list<std::string_view> texts) {
  for (const std::string_view text : texts) to += text;
}

std::string spellings(const option_row& option, std::string_view between) {
  const std::string letter =
      option.letter == '\0' ? "" : std::string{'-', option.letter} + std::string(between);
  return letter + "--" + std::string(option.name);
}

// ---- bash

std::string bash_offer(value_kind kind, std::string_view choices) {
  switch (kind) {
    case value_kind::file:
      return "_beamish_offer -f";
    case value_kind::directory:
      return "_beamish_offer -d";
    case value_kind::choice:
      return "_beamish_offer -W " + in_quotes(choices);
    case value_kind::text:
      break;
  }
  return ":";
}

std::string bash_verb(const verb_row& verb) {
  std::string text;
  append(text, {"    ", verb.name, ")\n      case \"$previous\" in\n"});
  std::string options = "--help";
  for (const option_row& option : verb.options) {
    options += " " + spellings(option, " ");
    if (option.is_flag()) continue;
    append(text, {"        ", spellings(option, "|"), ") ", bash_offer(option.kind, option.choices),
                  "; return ;;\n"});
  }
  append(text, {"      esac\n"});
  if (!verb.arguments.empty()) {
    const argument_row &first = verb.arguments.front(), &last = verb.arguments.back();
    if (&first != &last) {
      append(text, {"      if (( COMP_CWORD > 2 )); then ", bash_offer(last.kind, last.choices),
                    "; return; fi\n"});
    }
    append(text, {"      if [[ $current != -* ]]; then ", bash_offer(first.kind, first.choices),
                  "; return; fi\n"});
  }
  append(text, {"      _beamish_offer -W ", in_quotes(options), " ;;\n"});
  return text;
}

std::string bash_script() {
  std::string names;
  std::string cases;
  for (const verb_row& verb : verbs()) {
    append(names, {verb.name, " "});
    cases += bash_verb(verb);
  }
  return R"(# Completion of beamish for bash.

# Offers what compgen finds for the word; names of files keep their blanks.
_beamish_offer() {
  if [[ $1 != -W ]]; then compopt -o filenames 2>/dev/null; fi
  mapfile -t COMPREPLY < <(compgen "$@" -- "$current")
}

_beamish() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  # bash takes --option=value as three words.
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD-2]}
  fi
  if (( COMP_CWORD == 1 )); then
    _beamish_offer -W )" +
         in_quotes(names + "--help --version") + R"(
    return
  fi
  case "${COMP_WORDS[1]}" in
)" + cases +
         R"(  esac
}

complete -F _beamish beamish
)";
}

// ---- zsh

std::string zsh_action(value_kind kind, std::string_view choices) {
  switch (kind) {
    case value_kind::file:
      return "_files";
    case value_kind::directory:
      return "_files -/";
    case value_kind::choice:
      return "(" + std::string(choices) + ")";
    case value_kind::text:
      break;
  }
  return "";
}

std::string zsh_option(const option_row& option) {
  const std::string help = "[" + escaped(option.help, "[]\\") + "]";
  const std::string value = option.is_flag() ? ""
                                             : ":" + std::string(option.value) + ":" +
                                                   zsh_action(option.kind, option.choices);
  if (option.letter == '\0') {
    const std::string equals = option.is_flag() ? "" : "=";
    return in_quotes("--" + std::string(option.name) + equals + help + value);
  }
  const std::string equals = option.is_flag() ? "" : "=";
  const std::string letter = std::string{'-', option.letter} + (option.is_flag() ? "" : "+");
  return in_quotes("(" + spellings(option, " ") + ")") + "{" + letter + ",--" +
         std::string(option.name) + equals + "}" + in_quotes(help + value);
}

std::string zsh_verb(const verb_row& verb) {
  std::string text = "        " + std::string(verb.name) + ")\n          _arguments -s";
  for (const option_row& option : verb.options) text += " \\\n            " + zsh_option(option);
  for (const argument_row& row : verb.arguments) {
    text += " \\\n            " +
            in_quotes(":" + std::string(row.name) + ":" + zsh_action(row.kind, row.choices));
  }
  return text + " \\\n            '(- *)--help[Say what it does]' ;;\n";
}

std::string zsh_script() {
  std::string names;
  std::string cases;
  for (const verb_row& verb : verbs()) {
    append(names,
           {"        ", in_quotes(std::string(verb.name) + ":" + std::string(verb.summary)), "\n"});
    cases += zsh_verb(verb);
  }
  return R"(#compdef beamish

_beamish() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  _arguments -C \
    '(- *)--help[Say what it does]' \
    '(- *)--version[Say which version it is]' \
    '1:verb:->verb' \
    '*::argument:->rest'
  case $state in
    verb)
      local -a verbs
      verbs=(
)" + names +
         R"(      )
      _describe verb verbs ;;
    rest)
      case $line[1] in
)" + cases +
         R"(      esac ;;
  esac
}

if [ "$funcstack[1]" = _beamish ]; then
  _beamish "$@"
else
  compdef _beamish beamish
fi
)";
}

// ---- fish

std::string fish_value(value_kind kind, std::string_view choices) {
  switch (kind) {
    case value_kind::file:
      return " -r -F";
    case value_kind::directory:
      return " -x -a '(__fish_complete_directories)'";
    case value_kind::choice:
      return " -x -a " + fish_quoted(choices);
    case value_kind::text:
      break;
  }
  return " -x";
}

std::string fish_verb(const verb_row& verb) {
  std::string text;
  append(text, {"complete -c beamish -n __fish_use_subcommand -a ", verb.name, " -d ",
                fish_quoted(verb.summary), "\n"});
  const std::string here =
      "complete -c beamish -n '__fish_seen_subcommand_from " + std::string(verb.name) + "'";
  for (const option_row& option : verb.options) {
    append(text, {here, " -l ", option.name});
    if (option.letter != '\0') text += std::string(" -s ") + option.letter;
    if (!option.is_flag()) text += fish_value(option.kind, option.choices);
    append(text, {" -d ", fish_quoted(option.help), "\n"});
  }
  for (const argument_row& row : verb.arguments) {
    if (row.kind == value_kind::file) append(text, {here, " -F\n"});
    if (row.kind == value_kind::choice)
      append(text, {here, " -a ", fish_quoted(row.choices), "\n"});
  }
  return text;
}

std::string fish_script() {
  std::string text =
      "# Completion of beamish for fish.\n"
      "complete -c beamish -f\n"
      "complete -c beamish -l help -d 'Say what it does'\n"
      "complete -c beamish -n __fish_use_subcommand -l version -d 'Say which version it is'\n";
  for (const verb_row& verb : verbs()) text += fish_verb(verb);
  return text;
}

}  // namespace

std::string completion_for(std::string_view shell) {
  if (shell == "zsh") return zsh_script();
  if (shell == "fish") return fish_script();
  return bash_script();
}

}  // namespace beamish::apps
