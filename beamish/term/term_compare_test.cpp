// SPDX-License-Identifier: Apache-2.0
//
// The order is what Enum.sort and the operators of Elixir 1.14.0 on OTP 25 gave for the same
// values.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "beamish/term/big_integer.hpp"
#include "beamish/term/inspect.hpp"
#include "beamish/term/term.hpp"

namespace beamish {
namespace {

term improper(term head, term tail) { return list_from(std::vector<term>{head}, tail); }

std::vector<term> in_order() {
  return {-1,
          1.5,
          2,
          9007199254740992,
          9007199254740993,
          1.0e30,
          *big_integer("1234567890123456789012345678901"),
          atom("a"),
          atom("b"),
          term(),
          reference{1, {1}},
          function(elixir_module("String"), atom("length"), 1),
          port_id{1, 0},
          pid{1, 96, 0},
          tuple(),
          tuple(1),
          tuple(2),
          tuple(1, 2),
          map({}),
          map({{1, 5}}),
          map({{1.0, 2}}),
          map({{atom("a"), 1}}),
          map({{atom("b"), 0}}),
          map({{atom("a"), 1}, {atom("b"), 2}}),
          list(),
          list(0, 5),
          improper(1, 2),
          improper(1, map({})),
          list(1),
          list(1, 2),
          list(1.0, 5),
          list(list()),
          "",
          bitstring("\x10", 4),
          "a",
          "b",
          "b and more than fourteen bytes"};
}

bool less(const term& a, const term& b) { return compare(a, b) < 0; }

}  // namespace

TEST_CASE("terms are ordered as in Erlang") {
  auto sorted = in_order();
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    for (std::size_t j = 0; j < sorted.size(); ++j) {
      CAPTURE(inspect(sorted[i]));
      CAPTURE(inspect(sorted[j]));
      CHECK(compare(sorted[i], sorted[j]) == (i <=> j));
      CHECK((sorted[i] == sorted[j]) == (i == j));
    }
  }
}

TEST_CASE("integers and floats of one value are equal loosely and different exactly") {
  CHECK(equals_loosely(1, 1.0));
  CHECK(term(1) != term(1.0));
  CHECK((term(1) <=> term(1.0)) < 0);
  CHECK(equals_loosely(tuple(1, 2.0), tuple(1.0, 2)));
  CHECK(tuple(1, 2.0) != tuple(1.0, 2));
  CHECK(equals_loosely(map({{atom("a"), 1}}), map({{atom("a"), 1.0}})));
  CHECK_FALSE(equals_loosely(map({{1, atom("a")}}), map({{1.0, atom("a")}})));
  CHECK(less(map({{1, 1}}), map({{1.0, 0}})));
  CHECK_FALSE(less(list(1, 2), list(1.0, 1)));
  CHECK((list(1, 2) <=> list(1.0, 1)) < 0);
  CHECK(term(0.0) == term(-0.0));
  CHECK(tuple(0.0) == tuple(-0.0));
}

TEST_CASE("numbers are compared exactly at any size") {
  CHECK_FALSE(equals_loosely(9007199254740993, 9007199254740992.0));
  CHECK(equals_loosely(9007199254740992, 9007199254740992.0));
  CHECK(less(9007199254740992.0, 9007199254740993));
  constexpr double two_to_63 = 9223372036854775808.0;
  constexpr std::int64_t least = INT64_MIN;
  CHECK(equals_loosely(least, -two_to_63));
  CHECK(less(INT64_MAX, two_to_63));
  CHECK(equals_loosely(*big_integer("9223372036854775808"), two_to_63));
  CHECK(less(two_to_63, *big_integer("9223372036854775809")));
  CHECK(less(*big_integer("-9223372036854775809"), -two_to_63));
  CHECK(less(*big_integer("-9223372036854775809"), least));
  CHECK(less(1.5, 2));
  CHECK(less(1, 1.5));
  CHECK(less(-1.5, -1));
  CHECK(less(-2, -1.5));
  CHECK(less(-1.7e308, *big_integer("-9223372036854775809")));
  CHECK(less(*big_integer("18446744073709551616"), 1.7e308));
  CHECK(less(-1.7e308, 5));
  CHECK(equals_loosely(*big_integer("1000000000000000019884624838656"), 1.0e30));
}

TEST_CASE("what follows the common elements decides between lists") {
  CHECK(less(improper(1, 2), list(1)));
  CHECK(less(improper(1, atom("a")), list(1, 2)));
  CHECK_FALSE(less(improper(1, "z"), list(1, 2)));
  CHECK(less(list(1), improper(1, "z")));
  CHECK(less(list(1), list(1, 0)));
  CHECK(improper(1, 2) == improper(1, 2));
  CHECK(improper(1, 2) != improper(1, 3));
  CHECK(less(improper(1, 2), improper(1, 3)));
  CHECK(improper(1, 2) != list(1, 2));
}

TEST_CASE("bit strings are compared bit by bit") {
  CHECK(less(bitstring("\x01\x20", 4), "\x01\x25"));
  CHECK_FALSE(less(bitstring("\x01\x20", 4), "\x01\x1f"));
  CHECK(less("\x01", bitstring(std::string_view("\x01\x00", 2), 4)));
}

TEST_CASE("a struct is compared as the map it is") {
  auto point = [](int x, int y) { return structure(elixir_module("Point"), {{"y", y}, {"x", x}}); };
  // Its keys count in their own order, so x comes before y.
  CHECK(less(point(1, 9), point(2, 0)));
  CHECK(less(point(1, 1), point(1, 2)));
  CHECK(less(map({}), point(0, 0)));
  CHECK(less(point(0, 0), map({{1, 1}, {2, 2}, {3, 3}, {4, 4}})));
  term same = map({{atom("x"), 1}, {atom("y"), 2}, {atom("__struct__"), elixir_module("Point")}});
  CHECK(compare(point(1, 2), same) == 0);
}

TEST_CASE("operators give a total order to sort and search by") {
  auto expected = in_order();
  auto shuffled = expected;
  std::reverse(shuffled.begin(), shuffled.end());
  std::swap(shuffled[3], shuffled[20]);
  std::sort(shuffled.begin(), shuffled.end());
  CHECK(std::is_sorted(shuffled.begin(), shuffled.end(), less));
  CHECK(shuffled.size() == expected.size());
}

}  // namespace beamish
