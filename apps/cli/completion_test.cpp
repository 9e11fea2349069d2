// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/completion.hpp"

#include <doctest/doctest.h>

#include "apps/cli/verbs.hpp"

using namespace beamish::apps;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("completion: every verb, option and choice of the table is in the script of each shell") {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    CAPTURE(shell);
    const std::string script = completion_for(shell);
    const bool fish = std::string(shell) == "fish";
    for (const verb_row& verb : verbs()) {
      CHECK(contains(script, std::string(verb.name)));
      for (const option_row& option : verb.options) {
        CAPTURE(option.name);
        CHECK(contains(script, (fish ? "-l " : "--") + std::string(option.name)));
        if (option.letter != '\0')
          CHECK(contains(script, (fish ? "-s " : "-") + std::string(1, option.letter)));
        CHECK(contains(script, std::string(option.choices)));
      }
      for (const argument_row& row : verb.arguments)
        CHECK(contains(script, std::string(row.choices)));
    }
  }
}
