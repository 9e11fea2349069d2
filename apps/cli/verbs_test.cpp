// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/verbs.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace beamish::apps;

TEST_CASE("verbs: each has a summary, an example and exit codes, and its options have one name") {
  for (const verb_row& verb : verbs()) {
    const std::string name(verb.name);
    CAPTURE(name);
    CHECK(find_verb(verb.name) == &verb);
    CHECK(verb.summary.ends_with('.'));
    CHECK(!verb.examples.empty());
    CHECK(verb.exit_codes.front().code == 0);
    std::set<std::string_view> names;
    std::set<char> letters;
    for (const option_row& option : verb.options) {
      CHECK(names.insert(option.name).second);
      CHECK((option.letter == '\0' || letters.insert(option.letter).second));
      CHECK(!option.help.empty());
      CHECK((option.kind == value_kind::choice) == !option.choices.empty());
    }
  }
  CHECK(find_verb("frobnicate") == nullptr);
}

TEST_CASE("verbs: what stands below the options") {
  const std::string text = footer_of(*find_verb("batch"));
  CHECK(text.find("Examples:\n  beamish batch jobs.txt --limit 8\n") != std::string::npos);
  CHECK(text.find("\n  0    all commands exited with 0\n") != std::string::npos);
  CHECK(text.back() != '\n');
}
