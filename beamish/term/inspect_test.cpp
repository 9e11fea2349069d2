// SPDX-License-Identifier: Apache-2.0
//
// Every expected text is what Elixir 1.14.0 on OTP 25 prints for the same term, but for references
// with more than three words, opaque values and functions without a name, which Elixir doesn't
// have.
#include "beamish/term/inspect.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "beamish/term/big_integer.hpp"

namespace beamish {
namespace {

std::string named(std::string_view name) { return inspect(atom(name)); }

term numbers(int from, int to) {
  std::vector<term> out;
  for (int i = from; i <= to; ++i) out.emplace_back(i);
  return list_from(out);
}

std::string shown(int from, int to) {
  std::string out;
  for (int i = from; i <= to; ++i) out += std::to_string(i) + ", ";
  return out;
}

}  // namespace

TEST_CASE("floats") {
  CHECK(inspect(0.0) == "0.0");
  CHECK(inspect(-0.0) == "-0.0");
  CHECK(inspect(1.0) == "1.0");
  CHECK(inspect(1.5) == "1.5");
  CHECK(inspect(0.1) == "0.1");
  CHECK(inspect(1.0e20) == "1.0e20");
  CHECK(inspect(1.0e22) == "1.0e22");
  CHECK(inspect(1.0e23) == "1.0e23");
  CHECK(inspect(1.0e16) == "1.0e16");
  CHECK(inspect(1.0e15) == "1000000000000000.0");
  CHECK(inspect(9007199254740992.0) == "9007199254740992.0");
  CHECK(inspect(123456789012345680.0) == "1.2345678901234568e17");
  CHECK(inspect(0.001) == "0.001");
  CHECK(inspect(0.0001) == "0.0001");
  CHECK(inspect(0.00012345) == "1.2345e-4");
  CHECK(inspect(0.00001) == "1.0e-5");
  CHECK(inspect(-1.0e-10) == "-1.0e-10");
  CHECK(inspect(1.7976931348623157e308) == "1.7976931348623157e308");
  CHECK(inspect(5.0e-324) == "5.0e-324");
  CHECK(inspect(1.2345e30) == "1.2345e30");
  CHECK(inspect(123456789.0) == "123456789.0");
  CHECK(inspect(-12.25) == "-12.25");
}

TEST_CASE("integers") {
  CHECK(inspect(0) == "0");
  CHECK(inspect(-5) == "-5");
  CHECK(inspect(*big_integer("123456789012345678901234567890")) ==
        "123456789012345678901234567890");
}

TEST_CASE("atoms") {
  CHECK(named("nil") == "nil");
  CHECK(named("true") == "true");
  CHECK(named("false") == "false");
  CHECK(named("Elixir") == "Elixir");
  CHECK(named("Elixir.Foo") == "Foo");
  CHECK(named("Elixir.Foo.Bar") == "Foo.Bar");
  CHECK(named("Elixir.A1_b") == "A1_b");
  CHECK(named("Elixir.foo") == ":\"Elixir.foo\"");
  CHECK(named("Elixir.Foo.bar") == ":\"Elixir.Foo.bar\"");
  CHECK(named("Elixir.") == ":\"Elixir.\"");
  CHECK(named("Elixir.A?") == ":\"Elixir.A?\"");
  CHECK(named("Foo") == ":Foo");
  CHECK(named("ok") == ":ok");
  CHECK(named("_a") == ":_a");
  CHECK(named("a1") == ":a1");
  CHECK(named("a@b") == ":a@b");
  CHECK(named("@a") == ":\"@a\"");
  CHECK(named("a?") == ":a?");
  CHECK(named("a!") == ":a!");
  CHECK(named("a?!") == ":\"a?!\"");
  CHECK(named("a?b") == ":\"a?b\"");
  CHECK(named("1a") == ":\"1a\"");
  CHECK(named("a-b") == ":\"a-b\"");
  CHECK(named("a.b") == ":\"a.b\"");
  CHECK(named("") == ":\"\"");
  CHECK(named("hello world") == ":\"hello world\"");
  CHECK(named("not in") == ":\"not in\"");
  CHECK(named("when") == ":when");
  CHECK(named("a\nb") == ":\"a\\nb\"");
  CHECK(named("a\"b") == ":\"a\\\"b\"");
  CHECK(named("- #{x}") == ":\"- \\#{x}\"");
  CHECK(named("a b#c") == ":\"a b#c\"");
  CHECK(named("- \x01") == ":\"- \\x01\"");
  CHECK(named("- \x7f") == ":\"- \\d\"");
  CHECK(named("- \xc2\x80") == ":\"- \\x80\"");
  CHECK(named("- \xef\xbf\xbe") == ":\"- \\x{FFFE}\"");
  CHECK(named("\xc3\xa9") == ":\xc3\xa9");
  CHECK(named("a\xc3\xa9"
              "1") ==
        ":a\xc3\xa9"
        "1");
  CHECK(named("\xe6\x97\xa5\xe6\x9c\xac") == ":\xe6\x97\xa5\xe6\x9c\xac");
  CHECK(named("\xe6\x97\xa5"
              "a") ==
        ":\xe6\x97\xa5"
        "a");
  CHECK(named("\xd0\xb6"
              "a") ==
        ":\"\xd0\xb6"
        "a\"");
}

TEST_CASE("operators are atoms without quotes, mostly") {
  for (std::string_view op :
       {"+",    "-",   "*",   "/",   "<>",  "++",  "--",  "..", "..//", "%{}",  "{}",  "%",
        "<<>>", "&",   "!",   "@",   ".",   "->",  "<-",  "|",  "|>",   "~>>",  "...", "&&",
        "&&&",  "||",  "|||", "===", "=~",  "!=",  "!==", "==", "=",    "\\\\", "**",  "+++",
        "---",  "<~>", "~>",  "<~",  "<<~", "<<<", ">>>", "^",  "<",    ">",    "<=",  ">="}) {
    CHECK(named(op) == ":" + std::string(op));
  }
  for (std::string_view quoted :
       {"::", "=>", "^^^", "~~~", "[]", "()",   ";",  ",",  "///",  "//", "<|>",
        "?",  ":",  "~",   "$",   "#",  "....", "!!", "@@", "||||", "%[]"}) {
    CHECK(named(quoted) == ":\"" + std::string(quoted) + "\"");
  }
}

TEST_CASE("texts and bytes") {
  CHECK(inspect("") == "\"\"");
  CHECK(inspect("a'b") == "\"a'b\"");
  CHECK(inspect("a\"b\\") == "\"a\\\"b\\\\\"");
  CHECK(inspect("\n\t\a\b\x1b\f\v\r\x7f") == "\"\\n\\t\\a\\b\\e\\f\\v\\r\\d\"");
  CHECK(inspect("#{x} #") == "\"\\#{x} #\"");
  CHECK(inspect("\xc3\xa9\xc2\xa0\xe2\x80\x8b\xef\xbb\xbf") ==
        "\"\xc3\xa9\xc2\xa0\xe2\x80\x8b\\uFEFF\"");
  CHECK(inspect(std::string_view("\0", 1)) == "<<0>>");
  CHECK(inspect("\x01\x02\x03") == "<<1, 2, 3>>");
  CHECK(inspect("\x80"
                "1") == "<<128, 49>>");
  CHECK(inspect("a\xef\xbf\xbe") == "<<97, 239, 191, 190>>");
  CHECK(inspect("\xc2\x80") == "<<194, 128>>");
  CHECK(inspect("\xed\xa0\x80") == "<<237, 160, 128>>");
  CHECK(inspect("\xc0\x80") == "<<192, 128>>");
  CHECK(inspect("\xe2\x82") == "<<226, 130>>");
  CHECK(inspect(bitstring("\x01\x02\x30", 4)) == "<<1, 2, 3::size(4)>>");
  std::string bytes;
  for (char c = 1; c <= 60; ++c) bytes += c;
  CHECK(inspect(bytes) == "<<" + shown(1, 50) + "...>>");
}

TEST_CASE("long texts are cut") {
  std::string a(4096, 'a');
  CHECK(inspect(a) == "\"" + a + "\"");
  CHECK(inspect(a + "aaaa") == "\"" + a + "\" <> ...");
  std::vector<term> characters(4100, term(97));
  CHECK(inspect(list_from(characters)) == "'" + a + "' ++ ...");
  characters[4097] = 255;
  CHECK(inspect(list_from(characters)) == "'" + a + "' ++ ...");
  CHECK(inspect(a + "\xff") == "\"" + a + "\" <> ...");
}

TEST_CASE("charlists") {
  CHECK(inspect(list(97, 98, 99)) == "'abc'");
  CHECK(inspect(list(10, 13)) == "'\\n\\r'");
  CHECK(inspect(list(8, 7, 27)) == "'\\b\\a\\e'");
  CHECK(inspect(list(39, 34, 92)) == "'\\'\"\\\\'");
  CHECK(inspect(list(35, 123)) == "'\\#{'");
  CHECK(inspect(list(127)) == "[127]");
  CHECK(inspect(list(0)) == "[0]");
  CHECK(inspect(list(97, 233)) == "[97, 233]");
  CHECK(inspect(list()) == "[]");
}

TEST_CASE("lists and tuples") {
  CHECK(inspect(tuple()) == "{}");
  CHECK(inspect(tuple(atom("ok"), list(1, 2), term())) == "{:ok, [1, 2], nil}");
  CHECK(inspect(list_from(std::vector<term>{1, 2}, 3)) == "[1, 2 | 3]");
  CHECK(inspect(list_from(std::vector<term>{97}, 98)) == "[97 | 98]");
  CHECK(inspect(list(list(97, 98, 99), list_from(std::vector<term>{list(97)}, atom("b")))) ==
        "['abc', ['a' | :b]]");
}

TEST_CASE("keyword lists") {
  CHECK(inspect(keyword({{"a", 1}, {"b", 2}})) == "[a: 1, b: 2]");
  CHECK(inspect(list(tuple(atom("a"), 1), 2)) == "[{:a, 1}, 2]");
  CHECK(inspect(list(tuple(atom("a"), 1, 2))) == "[{:a, 1, 2}]");
  CHECK(inspect(list_from(std::vector<term>{tuple(atom("a"), 1)}, atom("b"))) == "[{:a, 1} | :b]");
  CHECK(inspect(keyword({{"a b", 1}, {"+", 2}, {"nil", 3}, {"a?", 1}})) ==
        "[\"a b\": 1, +: 2, nil: 3, a?: 1]");
  CHECK(inspect(keyword({{"Elixir.Foo", 1}})) == "[{Foo, 1}]");
  CHECK(inspect(keyword({{"Foo", 1}})) == "[Foo: 1]");
  CHECK(inspect(keyword({{"Elixir", 1}})) == "[\"Elixir\": 1]");
  CHECK(inspect(keyword({{"::", 1}})) == "[\"::\": 1]");
  CHECK(inspect(tuple(atom("a"), keyword({{"x", 1}}))) == "{:a, [x: 1]}");
}

TEST_CASE("maps and structs") {
  CHECK(inspect(map({})) == "%{}");
  CHECK(inspect(map({{atom("a"), 1}, {"b", 2}})) == "%{:a => 1, \"b\" => 2}");
  CHECK(inspect(map({{atom("b"), 1}, {atom("a"), 2}})) == "%{a: 2, b: 1}");
  CHECK(inspect(map({{atom("a b"), 1}, {atom("a"), 2}})) == "%{a: 2, \"a b\": 1}");
  CHECK(inspect(map({{term(), 1}, {elixir_module("Foo"), 2}, {atom("+"), 3}})) ==
        "%{:+ => 3, Foo => 2, nil => 1}");
  CHECK(inspect(map(
            {{1, 2}, {1.0, 3}, {"a", 1}, {list(), 3}, {tuple(), 4}, {term(), 5}, {map({}), 6}})) ==
        "%{1 => 2, 1.0 => 3, nil => 5, {} => 4, %{} => 6, [] => 3, \"a\" => 1}");
  CHECK(inspect(structure(elixir_module("TaskHandler"),
                          {{"task_limit", 2}, {"tasks", list()}, {"queue", list()}})) ==
        "%TaskHandler{task_limit: 2, tasks: [], queue: []}");
  CHECK(inspect(structure(elixir_module("Zed"), {{"z", term()}, {"a", term()}, {"m", 1}})) ==
        "%Zed{z: nil, a: nil, m: 1}");
  CHECK(inspect(structure(elixir_module("A"), {})) == "%A{}");
}

TEST_CASE("fifty items in all levels") {
  CHECK(inspect(numbers(1, 60)) == "[" + shown(1, 50) + "...]");
  CHECK(inspect(list(numbers(200, 260), numbers(200, 260))) ==
        "[[" + shown(200, 248) + "...], [" + shown(200, 247) + "...]]");
  term fifty = numbers(1, 50);
  term fifty_one = numbers(1, 51);
  CHECK(inspect(list_from(fifty.elements(), atom("t"))) == "[" + shown(1, 49) + "50 | :t]");
  CHECK(inspect(list_from(fifty_one.elements(), atom("t"))) == "[" + shown(1, 50) + "...]");
  term nested = list();
  for (int i = 0; i < 100; ++i) nested = list(nested);
  CHECK(inspect(nested) == std::string(51, '[') + "..." + std::string(51, ']'));
}

TEST_CASE("what names something") {
  CHECK(inspect(pid{0, 96, 0}) == "#PID<0.96.0>");
  CHECK(inspect(reference{0, {562760081, 751828993, 55727}}) ==
        "#Reference<0.562760081.751828993.55727>");
  CHECK(inspect(reference{1, {1, 2, 3, 4, 5}}) == "#Reference<1.1.2.3.4.5>");
  CHECK(inspect(port_id{0, 5}) == "#Port<0.5>");
  CHECK(inspect(function(elixir_module("String"), atom("length"), 1)) == "&String.length/1");
  CHECK(inspect(function(elixir_module("Foo"), atom("a b"), 1)) == "&Foo.\"a b\"/1");
  CHECK(inspect(function(atom("lists"), atom("+"), 1)) == "&:lists.+/1");
  CHECK(inspect(function(elixir_module("Shop"), atom(""), 2)) == "#Function<2 in Shop>");
  CHECK(inspect(opaque("Socket<5>")) == "#Socket<5>");
}

}  // namespace beamish
