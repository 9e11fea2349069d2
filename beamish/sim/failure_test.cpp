// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/failure.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace beamish;

TEST_CASE("each class of failure has a name that finds it, and an exit code of its own") {
  std::set<int> codes;
  for (int i = 0; i <= static_cast<int>(sim::failure_kind::nondeterminism); ++i) {
    const auto kind = static_cast<sim::failure_kind>(i);
    CHECK(sim::failure_named(sim::name_of(kind)) == kind);
    codes.insert(sim::exit_code_of(kind));
  }
  CHECK(codes == std::set<int>{0, 65, 66, 67, 68, 69});
  CHECK(sim::failure_named("mischief") == sim::failure_kind::none);
}
