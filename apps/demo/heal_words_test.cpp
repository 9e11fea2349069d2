// SPDX-License-Identifier: Apache-2.0
#include "apps/demo/heal_words.hpp"

#include <doctest/doctest.h>

using namespace beamish::apps;
using kind = heal_command::kind;

TEST_CASE("a command names what to kill, by its name or its letter") {
  CHECK(heal_command_of("kill handler").what == kind::kill);
  CHECK(heal_command_of("  kill   queue \r").part == "queue");
  CHECK(heal_command_of("r").part == "tasks");
  CHECK(heal_command_of("kill t").part == "task");
  CHECK(heal_command_of("supervisor").part == "supervisor");
  CHECK(heal_command_of("kill").what == kind::unknown);
  CHECK(heal_command_of("kill everybody").what == kind::unknown);
}

TEST_CASE("a command waits, quits, or is nothing") {
  CHECK(heal_command_of("wait 250").milliseconds == 250);
  CHECK(heal_command_of("wait a bit").what == kind::unknown);
  CHECK(heal_command_of("wait -1").what == kind::unknown);
  CHECK(heal_command_of("quit").what == kind::quit);
  CHECK(heal_command_of("help").what == kind::help);
  CHECK(heal_command_of("").what == kind::nothing);
  CHECK(heal_command_of(" \t").what == kind::nothing);
}
