// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/given_options.hpp"

#include <doctest/doctest.h>

using namespace beamish::apps;

TEST_CASE("given_options: numbers, and what is none") {
  given_options given("batch");
  CHECK(given.whole_number("limit", 1, 8, 2) == 2);
  given.values["limit"] = "8";
  CHECK(given.whole_number("limit", 1, 8, 2) == 8);
  for (const char* wrong : {"9", "0", "-1", "x", "", "1 ", "99999999999999999999"}) {
    given.values["limit"] = wrong;
    CHECK_THROWS_WITH_AS(
        given.whole_number("limit", 1, 8, 2),
        ("--limit wants a whole number from 1 to 8, not '" + std::string(wrong) + "'").c_str(),
        usage_problem);
  }
}

TEST_CASE("given_options: seconds are read into nanoseconds") {
  given_options given("batch");
  CHECK(given.seconds("grace", 5) == 5);
  given.values["grace"] = "0.25";
  CHECK(given.seconds("grace", 5) == 250'000'000);
  for (const char* wrong : {"soon", "-1", "inf", "nan", "1e7", "1s"}) {
    given.values["grace"] = wrong;
    CHECK_THROWS_AS(given.seconds("grace", 5), usage_problem);
  }
}

TEST_CASE("given_options: flags and words") {
  given_options given("batch");
  CHECK(!given.flag("shell"));
  given.flags["shell"] = true;
  CHECK(given.flag("shell"));
  CHECK(given.value("output").empty());
}
