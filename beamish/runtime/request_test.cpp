// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/request.hpp"

#include <doctest/doctest.h>

#include <string>

#include "beamish/runtime/answer.hpp"

using namespace beamish;

TEST_CASE("an answer holds a value or the reason why there is none") {
  answer<int> good(std::in_place, 42);
  CHECK(good.ok());
  CHECK(*good == 42);
  const answer<std::string> text(std::in_place, "well");
  CHECK(*text == "well");
  CHECK(text->size() == 4);
  answer<int> bad(exit_reason::noproc());
  CHECK(!bad.ok());
  CHECK(bad.reason().is("noproc"));
  CHECK_THROWS_AS(*bad, exited);
}
