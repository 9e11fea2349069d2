// SPDX-License-Identifier: Apache-2.0
#include "beamish/term/big_integer.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace beamish {

TEST_CASE("decimals go there and back") {
  for (std::string text :
       {"0", "1", "-1", "999999999", "1000000000", "9223372036854775807", "9223372036854775808",
        "-9223372036854775808", "-9223372036854775809", "18446744073709551615",
        "18446744073709551616", "1000000000000000000000000000000000000000",
        "-340282366920938463463374607431768211456"}) {
    CAPTURE(text);
    auto t = big_integer(text);
    REQUIRE(t.has_value());
    CHECK(t->is_integer());
    CHECK(to_decimal(*t) == text);
  }
  std::string digits(2000, '7');
  CHECK(to_decimal(*big_integer(digits)) == digits);
}

TEST_CASE("what fits into 64 bits is an ordinary integer") {
  CHECK(*big_integer("42") == term(42));
  CHECK(*big_integer("-0") == term(0));
  CHECK(*big_integer("000042") == term(42));
  CHECK(*big_integer("-9223372036854775808") == term(std::numeric_limits<std::int64_t>::min()));
  CHECK(big_integer("9223372036854775807")->kind() == term_kind::integer);
  CHECK(big_integer("9223372036854775808")->kind() == term_kind::big_integer);
  CHECK(*big_integer("18446744073709551615") == term(std::numeric_limits<std::uint64_t>::max()));
  std::vector<std::uint32_t> padded{5, 0, 0, 0};
  CHECK(big_integer(padded, true) == term(-5));
  CHECK(big_integer(std::vector<std::uint32_t>{}, true) == term(0));
}

TEST_CASE("what is no decimal is refused") {
  for (std::string_view text : {"", "-", "+1", "1.0", " 1", "1 ", "0x10", "--1"}) {
    CHECK_FALSE(big_integer(text).has_value());
  }
}

TEST_CASE("the digits can be seen") {
  term t = *big_integer("-18446744073709551616");
  auto view = as_big_integer(t);
  REQUIRE(view.has_value());
  CHECK(view->negative);
  CHECK(std::vector<std::uint32_t>(view->magnitude.begin(), view->magnitude.end()) ==
        std::vector<std::uint32_t>{0, 0, 1});
  CHECK_FALSE(as_big_integer(term(1)).has_value());
  CHECK(t == *big_integer("-18446744073709551616"));
  CHECK(t != *big_integer("18446744073709551616"));
}

}  // namespace beamish
