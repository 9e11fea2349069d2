// SPDX-License-Identifier: Apache-2.0
#include "beamish/term/term.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "beamish/term/big_integer.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish {

TEST_CASE("a default or moved-from term is nil") {
  term t;
  CHECK(t.is_nil());
  CHECK(t == term(atom("nil")));
  term source = tuple(1, 2);
  term target = std::move(source);
  CHECK(source.is_nil());
  CHECK(target.size() == 2);
  static_assert(std::is_nothrow_copy_constructible_v<term>);
  static_assert(std::is_nothrow_move_assignable_v<term>);
}

TEST_CASE("scalars keep their kind and value") {
  CHECK(term(42).as_integer() == 42);
  CHECK(term(-1).as_integer() == -1);
  CHECK(term(std::uint8_t{200}).as_integer() == 200);
  CHECK(term(std::numeric_limits<std::int64_t>::min()).as_integer() ==
        std::numeric_limits<std::int64_t>::min());
  CHECK(term(true).as_boolean() == true);
  CHECK(term(true) == term(atom("true")));
  CHECK(term(1.5).as_float() == 1.5);
  CHECK(term(1.5f).as_float() == 1.5);
  CHECK_FALSE(term(1.5).as_integer().has_value());
  CHECK_FALSE(term(1).as_float().has_value());
  CHECK(term(atom("ok")).as_atom() == atom("ok"));
  CHECK(term(atom("a_name_beyond_14_bytes")).is_atom("a_name_beyond_14_bytes"));
  CHECK(term(pid{1, 2, 3}).as_pid() == pid{1, 2, 3});
  CHECK(term(pid{0xffffffff, 0xfffffffe, 0xfffffffd}).as_pid() ==
        pid{0xffffffff, 0xfffffffe, 0xfffffffd});
  CHECK(term(port_id{7, 1ull << 60}).as_port() == port_id{7, 1ull << 60});
  reference r{1, {2, 3, 4, 5, 6}};
  CHECK(term(r).as_reference() == r);
  CHECK(term(r) == term(r));
}

TEST_CASE("what is no Erlang float becomes an atom") {
  CHECK(term(std::numeric_limits<double>::quiet_NaN()).is_atom("nan"));
  CHECK(term(std::numeric_limits<double>::infinity()).is_atom("infinity"));
  CHECK(term(-std::numeric_limits<double>::infinity()).is_atom("neg_infinity"));
}

TEST_CASE("text is a binary, in place or not") {
  for (std::size_t length : {0u, 1u, 8u, 14u, 15u, 1000u}) {
    std::string text(length, '\0');
    for (std::size_t i = 0; i < length; ++i) text[i] = static_cast<char>(i);
    term t = text;
    CHECK(t.as_binary() == text);
    CHECK(t.size() == length);
    term same = std::string_view(text);
    CHECK(t == same);
    text += 'x';
    CHECK(t != term(text));
  }
  term literal = "text";
  const char* pointer = "text";
  CHECK(literal == term(pointer));
  CHECK(literal != term(atom("text")));
}

TEST_CASE("tuples and lists hold their elements") {
  term t = tuple(atom("ok"), 1, "two");
  CHECK(t.is_tuple());
  CHECK(t.elements().size() == 3);
  CHECK(t.elements()[2] == term("two"));
  CHECK(tuple().is_tuple());
  CHECK(tuple() == tuple());
  CHECK(tuple() != list());
  term l = list(1, list(2, 3));
  CHECK(l.is_proper_list());
  CHECK(l.elements()[1].elements()[0] == term(2));
  CHECK(list_from({}) == list());
  CHECK(tuple_from(l.elements()) == tuple(1, list(2, 3)));
}

TEST_CASE("a list may end in a tail") {
  term one[] = {1};
  term improper = list_from(one, 2);
  CHECK(improper.is_list());
  CHECK_FALSE(improper.is_proper_list());
  CHECK(improper.elements().size() == 1);
  REQUIRE(improper.improper_tail() != nullptr);
  CHECK(*improper.improper_tail() == term(2));
  CHECK(list_from(one, list(2, 3)) == list(1, 2, 3));
  CHECK(list_from(one, list()) == list(1));
  CHECK(list_from(one, improper) == list_from(std::vector<term>{1, 1}, 2));
  CHECK(list_from({}, 5) == term(5));
  term proper = list(1);
  CHECK(proper.improper_tail() == nullptr);
}

TEST_CASE("maps are sorted by key, and the last of equal keys counts") {
  term m = map({{"b", 1}, {atom("a"), 2}, {3, 4}, {3.0, 5}, {"b", 6}});
  CHECK(m.is_map());
  CHECK(m.size() == 4);
  REQUIRE(m.find("b") != nullptr);
  CHECK(*m.find("b") == term(6));
  CHECK(*m.find(3) == term(4));
  CHECK(*m.find(3.0) == term(5));
  CHECK(m.find("c") == nullptr);
  CHECK(m.entries()[0].key == term(3));
  CHECK(map({{1, 2}, {3, 4}}) == map({{3, 4}, {1, 2}}));
  CHECK(map({}) == map_from({}));
}

TEST_CASE("a struct is a map with __struct__") {
  term s = structure(elixir_module("Point"), {{"y", 2}, {"x", 1}});
  CHECK(s.is_struct());
  CHECK(s.is_map());
  CHECK(s.struct_module() == elixir_module("Point"));
  CHECK(*s.find(atom("x")) == term(1));
  CHECK(s.size() == 3);
  term same_shape = structure(elixir_module("Point"), {{"y", 2}, {"x", 1}});
  CHECK(s == same_shape);
  CHECK(s == structure(elixir_module("Point"), {{"x", 1}, {"y", 2}}));
  CHECK(s != structure(elixir_module("Point"), {{"x", 1}, {"y", 3}}));
  CHECK(s != structure(elixir_module("Other"), {{"y", 2}, {"x", 1}}));
  CHECK(s == map({{atom("x"), 1}, {atom("y"), 2}, {atom("__struct__"), elixir_module("Point")}}));
  CHECK(s.struct_module().has_value());
  CHECK_FALSE(map({}).struct_module().has_value());
}

TEST_CASE("keyword lists are lists of pairs") {
  CHECK(keyword({{"a", 1}, {"b", "x"}}) == list(tuple(atom("a"), 1), tuple(atom("b"), "x")));
  CHECK(keyword({}) == list());
}

TEST_CASE("bit strings drop the bits that don't count") {
  CHECK(bitstring("\x01\xff", 4) == bitstring("\x01\xf0", 4));
  CHECK(bitstring("\x01\xff", 4) != bitstring("\x01\xf0", 5));
  CHECK(bitstring("ab", 8) == term("ab"));
  CHECK(bitstring("ab", 7).is_bitstring());
  CHECK_FALSE(bitstring("ab", 7).is_binary());
}

TEST_CASE("functions and opaque values are known by what they are called") {
  CHECK(function(atom("m"), atom("f"), 1) == function(atom("m"), atom("f"), 1));
  CHECK(function(atom("m"), atom("f"), 1) != function(atom("m"), atom("f"), 2));
  CHECK(opaque("socket<5>") == opaque("socket<5>"));
  CHECK(opaque("socket<5>") != opaque("socket<6>"));
}

namespace {
term nested(int depth) {
  term t = list();
  for (int i = 0; i < depth; ++i) t = list(std::move(t));
  return t;
}
}  // namespace

TEST_CASE("neither length nor depth costs stack") {
  std::vector<term> numbers;
  for (int i = 0; i < 1'000'000; ++i) numbers.emplace_back(tuple(i));
  term wide = list_from(numbers);
  numbers.clear();
  CHECK(wide.size() == 1'000'000);
  term deep = nested(100'000);
  term same = nested(100'000);
  CHECK(deep == same);
  CHECK(deep < nested(100'001));
  CHECK(inspect(deep).size() == 2 * 51 + 2 + 1);
  wide = 1;
  deep = 2;
  CHECK(wide != deep);
}

TEST_CASE("copies may be shared by threads") {
  term shared = list("a text that needs the heap", map({{1, list(1, 2, 3)}}));
  auto work = [shared] {
    for (int i = 0; i < 10'000; ++i) {
      term copy = shared;
      term inner = copy.elements()[1];
      copy = inner;
    }
  };
  std::thread a(work);
  std::thread b(work);
  a.join();
  b.join();
  CHECK(shared.size() == 2);
}

}  // namespace beamish
