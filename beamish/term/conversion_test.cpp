// SPDX-License-Identifier: Apache-2.0
#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 takes the alternatives of a moved variant for uninitialised, at -O1 only.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include "beamish/term/conversion.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "beamish/term/big_integer.hpp"

namespace beamish {
namespace {

enum class strategy { one_for_one, one_for_all, rest_for_one };
enum class level : std::uint8_t { low = 3, high = 200 };
enum unfixed { first, second };

struct task {
  std::string command;
  int limit = 2;
  friend bool operator==(const task&, const task&) = default;
};
struct task_handler {
  int task_limit = 2;
  std::vector<task> tasks;
  std::vector<task> queue;
  friend bool operator==(const task_handler&, const task_handler&) = default;
};
struct get_all_books {
  friend bool operator==(const get_all_books&, const get_all_books&) = default;
};
struct add_book {
  std::string title;
  friend bool operator==(const add_book&, const add_book&) = default;
};
struct tree {
  int value = 0;
  std::vector<tree> children;
  friend bool operator==(const tree&, const tree&) = default;
};
struct holds_function {
  int count = 1;
  std::function<void()> callback;
};
struct shows_text {
  std::string_view text;
};
struct celsius {
  double degrees = 0;
  friend bool operator==(const celsius&, const celsius&) = default;
  friend term to_term(const celsius& c) { return tuple(atom("celsius"), c.degrees); }
  friend bool from_term(const term& from, celsius& to) {
    if (!from.is_tuple() || from.size() != 2) return false;
    auto value = from.elements()[1].as_float();
    if (value) to.degrees = *value;
    return value.has_value();
  }
};
struct weather {
  celsius now;
};
struct derived : task {};

template <class T>
void round_trip(const T& value, std::string_view printed) {
  CHECK(inspect(to_term(value)) == printed);
  auto back = from_term<T>(to_term(value));
  REQUIRE_MESSAGE(back.has_value(), back.error());
  CHECK(*back == value);
}

template <class T>
std::string error_of(const term& from) {
  auto r = from_term<T>(from);
  CHECK_FALSE(r.has_value());
  return r.error();
}

}  // namespace

TEST_CASE("scalars go there and back") {
  round_trip(true, "true");
  round_trip(false, "false");
  round_trip(42, "42");
  round_trip(std::int8_t{-128}, "-128");
  round_trip(std::numeric_limits<std::int64_t>::min(), "-9223372036854775808");
  round_trip(std::numeric_limits<std::uint64_t>::max(), "18446744073709551615");
  round_trip(1.5, "1.5");
  round_trip(1.5f, "1.5");
  round_trip(std::string("text"), "\"text\"");
  round_trip(atom("ok"), ":ok");
  round_trip(pid{1, 2, 3}, "#PID<1.2.3>");
  round_trip(reference{1, {2, 3, 4}}, "#Reference<1.2.3.4>");
  round_trip(term(tuple(1, 2)), "{1, 2}");
  CHECK(inspect(to_term("literal")) == "\"literal\"");
  CHECK(from_term<double>(3).value() == 3.0);
  CHECK(from_term<double>(atom("infinity")).value() == std::numeric_limits<double>::infinity());
}

TEST_CASE("integers are checked against their range") {
  CHECK(from_term<std::uint8_t>(255).value() == 255);
  CHECK(error_of<std::uint8_t>(256) == "expected an integer from 0 to 255, found 256");
  CHECK(error_of<std::uint8_t>(-1) == "expected an integer from 0 to 255, found -1");
  CHECK(error_of<std::int8_t>(128) == "expected an integer from -128 to 127, found 128");
  CHECK(error_of<std::uint64_t>(-1) ==
        "expected an integer from 0 to 18446744073709551615, found -1");
  term beyond = *big_integer("18446744073709551616");
  CHECK(error_of<std::uint64_t>(beyond) ==
        "expected an integer from 0 to 18446744073709551615, found 18446744073709551616");
  CHECK(error_of<std::int64_t>(std::numeric_limits<std::uint64_t>::max()) ==
        "expected an integer from -9223372036854775808 to 9223372036854775807, found "
        "18446744073709551615");
  CHECK(error_of<int>(1.0) == "expected an integer, found 1.0");
  CHECK(error_of<double>(9007199254740993) ==
        "expected a float, or an integer that is one exactly, found 9007199254740993");
}

TEST_CASE("containers go there and back") {
  round_trip(std::vector<int>{1, 2, 3}, "[1, 2, 3]");
  round_trip(std::vector<bool>{true, false}, "[true, false]");
  round_trip(std::deque<int>{1}, "[1]");
  round_trip(std::list<std::string>{"a", "b"}, "[\"a\", \"b\"]");
  round_trip(std::array<int, 2>{1, 2}, "[1, 2]");
  round_trip(std::set<int>{3, 1, 2}, "[1, 2, 3]");
  round_trip(std::map<std::string, int>{{"b", 2}, {"a", 1}}, "%{\"a\" => 1, \"b\" => 2}");
  round_trip(std::unordered_map<int, int>{{2, 20}, {1, 10}}, "%{1 => 10, 2 => 20}");
  round_trip(std::map<atom, int>{{atom("b"), 2}, {atom("a"), 1}}, "%{a: 1, b: 2}");
  round_trip(std::pair<int, std::string>{1, "x"}, "{1, \"x\"}");
  round_trip(std::tuple<int, atom, bool>{1, atom("x"), true}, "{1, :x, true}");
  round_trip(std::tuple<>{}, "{}");
  round_trip(std::optional<int>{}, "nil");
  round_trip(std::optional<int>{5}, "5");
  round_trip(std::vector<std::optional<int>>{1, std::nullopt}, "[1, nil]");
  CHECK(error_of<std::array<int, 2>>(list(1)) == "expected a list of 2 elements, found [1]");
}

TEST_CASE("durations are milliseconds") {
  using namespace std::chrono;
  round_trip(milliseconds(1500), "1500");
  round_trip(seconds(2), "2000");
  round_trip(minutes(1), "60000");
  round_trip(hours(1), "3600000");
  round_trip(microseconds(2000), "2");
  round_trip(nanoseconds(3'000'000), "3");
  round_trip(duration<double>(0.25), "250");
  CHECK(to_term(microseconds(1999)) == term(1));
  CHECK(to_term(microseconds(-1999)) == term(-1));
  CHECK(to_term(nanoseconds::max()) == term(9223372036854));
  CHECK(from_term<seconds>(1999).value() == seconds(1));
  CHECK(error_of<nanoseconds>(std::numeric_limits<std::int64_t>::max()) ==
        "expected milliseconds in the range of the duration, found 9223372036854775807");
  CHECK(error_of<seconds>("x") == "expected milliseconds, found \"x\"");
}

TEST_CASE("enumerators are atoms") {
  round_trip(strategy::rest_for_one, ":rest_for_one");
  round_trip(level::low, ":low");
  round_trip(level::high, "200");
  round_trip(static_cast<strategy>(40), "40");
  round_trip(static_cast<strategy>(-3), "-3");
  round_trip(second, "1");
  CHECK(error_of<strategy>(atom("any")) == "expected a strategy, found :any");
  CHECK(error_of<strategy>("any") == "expected a strategy, found \"any\"");
}

TEST_CASE("a plain struct is a struct in state") {
  round_trip(task_handler{}, "%TaskHandler{task_limit: 2, tasks: [], queue: []}");
  round_trip(task_handler{4, {{"ls", 1}}, {}},
             "%TaskHandler{task_limit: 4, tasks: [%Task{command: \"ls\", limit: 1}], queue: []}");
  round_trip(tree{1, {{2, {}}, {3, {{4, {}}}}}},
             "%Tree{value: 1, children: [%Tree{value: 2, children: []}, %Tree{value: 3, children: "
             "[%Tree{value: 4, children: []}]}]}");
  round_trip(get_all_books{}, "%GetAllBooks{}");
}

TEST_CASE("a struct can be read from a map with the same keys") {
  auto from = from_term<task>(map({{atom("command"), "ls"}, {atom("limit"), 7}}));
  CHECK(from.value() == task{"ls", 7});
}

TEST_CASE("an error names the path, what was expected and what was found") {
  auto task_term = [](term command, term limit) {
    return structure(elixir_module("Task"), {{"command", command}, {"limit", limit}});
  };
  term good = task_term("ls", 1);
  term bad = task_term("ls", atom("abc"));
  auto handler = [](term queue) {
    return structure(elixir_module("TaskHandler"),
                     {{"task_limit", 2}, {"tasks", list()}, {"queue", queue}});
  };
  CHECK(error_of<task_handler>(handler(list(good, good, bad))) ==
        "queue[2].limit: expected an integer, found :abc");
  CHECK(error_of<task_handler>(handler(5)) == "queue: expected a list, found 5");
  CHECK(error_of<task_handler>(7) == "expected %TaskHandler{}, found 7");
  CHECK(error_of<task_handler>(good) ==
        "expected %TaskHandler{}, found %Task{command: \"ls\", limit: 1}");
  CHECK(error_of<task>(map({{atom("command"), "ls"}})) == "limit: is missing");
  CHECK(error_of<task>(map({{atom("command"), "ls"}, {atom("limit"), 1}, {atom("x"), 2}})) ==
        "has the unknown key :x");
  CHECK(error_of<std::map<std::string, std::vector<int>>>(map({{"k", list(1, "x")}})) ==
        "[\"k\"][1]: expected an integer, found \"x\"");
  CHECK(error_of<std::vector<task>>(list(bad)) == "[0].limit: expected an integer, found :abc");
  CHECK(error_of<std::vector<int>>(list_from(std::vector<term>{1}, 2)) ==
        "expected a list, found [1 | 2]");
  CHECK(error_of<bool>(atom("yes")) == "expected true or false, found :yes");
}

TEST_CASE("what was found is cut short") {
  std::string long_text(5000, 'x');
  CHECK(error_of<int>(long_text).size() < 200);
}

TEST_CASE("a plain struct is a tagged tuple as a message") {
  CHECK(inspect(to_message_term(add_book{"Emma"})) == "{:add_book, \"Emma\"}");
  CHECK(inspect(to_message_term(get_all_books{})) == ":get_all_books");
  CHECK(inspect(to_message_term(5)) == "5");
  CHECK(from_message_term<add_book>(tuple(atom("add_book"), "Emma")).value() == add_book{"Emma"});
  CHECK(from_message_term<get_all_books>(atom("get_all_books")).has_value());
  CHECK(from_message_term<int>(5).value() == 5);
  CHECK(from_message_term<add_book>(tuple(atom("add_book"), 1)).error() ==
        "title: expected a binary, found 1");
  CHECK(from_message_term<add_book>(tuple(atom("remove_book"), "x")).error() ==
        "expected {:add_book, ...} with 1 field, found {:remove_book, \"x\"}");
  CHECK(from_message_term<get_all_books>(atom("other")).error() ==
        "expected :get_all_books, found :other");
  auto handler = from_message_term<task_handler>(to_message_term(task_handler{1, {{"ls", 2}}, {}}));
  CHECK(handler.value() == task_handler{1, {{"ls", 2}}, {}});
}

TEST_CASE("a variant is its alternative, structs tagged by name") {
  using command = std::variant<get_all_books, add_book, int, std::string>;
  round_trip(command(get_all_books{}), ":get_all_books");
  round_trip(command(add_book{"Emma"}), "{:add_book, \"Emma\"}");
  round_trip(command(5), "5");
  round_trip(command(std::string("x")), "\"x\"");
  round_trip(std::variant<std::monostate, int>(), "nil");
  CHECK(error_of<command>(atom("x")) ==
        "expected one of get_all_books, add_book, int, string, found :x");
}

TEST_CASE("a type can have its own spelling") {
  round_trip(celsius{21.5}, "{:celsius, 21.5}");
  CHECK(inspect(to_term(weather{{3.0}})) == "%Weather{now: {:celsius, 3.0}}");
  CHECK(inspect(to_message_term(weather{{3.0}})) == "{:weather, {:celsius, 3.0}}");
  CHECK(error_of<celsius>(1) == "expected a Celsius, found 1");
}

TEST_CASE("what has no term shape is known at compile time") {
  CHECK(has_term<int>);
  CHECK(has_term<std::string_view>);
  CHECK(has_term<const char*>);
  CHECK(has_term<tree>);
  CHECK(has_term<shows_text>);
  CHECK_FALSE(has_term<std::function<void()>>);
  CHECK_FALSE(has_term<holds_function>);
  CHECK_FALSE(has_term<std::vector<holds_function>>);
  CHECK_FALSE(has_term<std::unique_ptr<int>>);
  CHECK_FALSE(has_term<int*>);
  CHECK_FALSE(has_term<derived>);
  auto lambda = [] {};
  CHECK_FALSE(has_term<decltype(lambda)>);

  CHECK(has_codec<tree>);
  CHECK(has_codec<celsius>);
  CHECK(has_codec<std::map<std::string, std::vector<tree>>>);
  CHECK_FALSE(has_codec<std::string_view>);
  CHECK_FALSE(has_codec<const char*>);
  CHECK_FALSE(has_codec<shows_text>);
  CHECK_FALSE(has_codec<holds_function>);
}

TEST_CASE("what has no term shape can still be printed") {
  CHECK(inspect(holds_function{}) == "%HoldsFunction{count: 1, callback: #Function<...>}");
  CHECK(inspect(std::vector<task>{{"ls", 1}}) == "[%Task{command: \"ls\", limit: 1}]");
  CHECK(inspect("text") == "\"text\"");
  CHECK(inspect(5) == "5");
}

TEST_CASE("the value of a failure throws the error") {
  auto r = from_term<int>(atom("abc"));
  CHECK_THROWS_WITH_AS(r.value(), "expected an integer, found :abc", argument_error);
}

}  // namespace beamish
