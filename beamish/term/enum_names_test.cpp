// SPDX-License-Identifier: Apache-2.0
#include "beamish/term/enum_names.hpp"

#include <doctest/doctest.h>

#include <cstdint>

namespace {
enum class of_nobody { y };
}

namespace beamish {
namespace enums {
enum class strategy { one_for_one, one_for_all, rest_for_one };
enum class level : std::uint8_t { low = 3, last_known = 63, beyond = 64 };
enum class sign : int { minus = -1, none, plus };
enum flags : unsigned { read = 1, write = 2 };
enum unfixed { a, b };
}  // namespace enums
namespace {
enum class hidden { x };
}

TEST_CASE("enumerators are known by name") {
  using namespace enums;
  CHECK(enumerator_name(strategy::one_for_one) == "one_for_one");
  CHECK(enumerator_name(strategy::rest_for_one) == "rest_for_one");
  CHECK(enumerator_name(level::low) == "low");
  CHECK(enumerator_name(level::last_known) == "last_known");
  CHECK(enumerator_name(sign::plus) == "plus");
  CHECK(enumerator_name(read) == "read");
  CHECK(enumerator_name(hidden::x) == "x");
  // A name that begins with a parenthesis is no cast.
  CHECK(enumerator_name(of_nobody::y) == "y");
  static_assert(enumerator_name(strategy::one_for_all) == "one_for_all");
}

TEST_CASE("other values have no name") {
  using namespace enums;
  CHECK(enumerator_name(static_cast<strategy>(3)).empty());
  CHECK(enumerator_name(static_cast<level>(0)).empty());
  CHECK(enumerator_name(level::beyond).empty());
  CHECK(enumerator_name(sign::minus).empty());
  CHECK(enumerator_name(static_cast<flags>(0)).empty());
  CHECK(enumerator_name(b).empty());
  CHECK(enumerator_name(static_cast<of_nobody>(1)).empty());
  CHECK(enumerator_name(static_cast<hidden>(1)).empty());
}

TEST_CASE("a name gives its enumerator") {
  using namespace enums;
  CHECK(enumerator_value<strategy>("one_for_all") == strategy::one_for_all);
  CHECK(enumerator_value<level>("last_known") == level::last_known);
  CHECK_FALSE(enumerator_value<strategy>("any").has_value());
  CHECK_FALSE(enumerator_value<strategy>("").has_value());
  CHECK_FALSE(enumerator_value<unfixed>("a").has_value());
}

}  // namespace beamish
