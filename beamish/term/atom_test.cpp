// SPDX-License-Identifier: Apache-2.0
#include "beamish/term/atom.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace beamish {

TEST_CASE("an atom is its name") {
  CHECK(atom("ok").name() == "ok");
  CHECK(atom("").name().empty());
  CHECK(atom().name() == "nil");
  CHECK(atom("ok") == atom(std::string_view("ok")));
  CHECK(atom("ok") != atom("okay"));
  CHECK(atom("abcdefghijklmn") != atom("abcdefghijklmo"));
  CHECK(elixir_module("TaskHandler").name() == "Elixir.TaskHandler");
}

TEST_CASE("a short atom can be a constant") {
  static constexpr atom ok("ok");
  CHECK(ok.name() == "ok");
  static_assert(std::is_nothrow_copy_constructible_v<atom>);
  static_assert(sizeof(atom) == 16);
}

TEST_CASE("long and short names behave alike") {
  for (std::size_t length : {1u, 8u, 9u, 14u, 15u, 16u, 100u, 255u}) {
    std::string name(length, 'x');
    atom a{std::string_view(name)};
    atom b{std::string_view(name)};
    atom copy = a;
    CHECK(a == b);
    CHECK(copy == a);
    CHECK(copy.name() == name);
    atom moved = std::move(copy);
    CHECK(moved.name() == name);
    copy = moved;
    CHECK(copy == a);
    auto& same = copy;
    copy = same;
    CHECK(copy.name() == name);
    name.back() = 'y';
    CHECK(a != atom{std::string_view(name)});
    CHECK(a < atom{std::string_view(name)});
  }
}

TEST_CASE("order is that of the names") {
  CHECK(atom("a") < atom("b"));
  CHECK(atom("a") < atom("aa"));
  CHECK(atom("Z") < atom("a"));
  CHECK(atom("zzzzzzzzzzzzzz") > atom("aaaaaaaaaaaaaaaaaaaaaaaaaa"));
  CHECK((atom("\xc3\xa9") > atom("z")));
}

TEST_CASE("255 characters fit, whatever their bytes, and 256 don't") {
  std::string wide;
  for (int i = 0; i < 255; ++i) wide += "\xe2\x82\xac";
  CHECK(atom{std::string_view(wide)}.name() == wide);
  wide += "x";
  CHECK_THROWS_AS(atom{std::string_view(wide)}, std::length_error);
  CHECK_THROWS_AS(atom{std::string_view(std::string(256, 'a'))}, std::length_error);
}

}  // namespace beamish
