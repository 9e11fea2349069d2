// SPDX-License-Identifier: Apache-2.0
#include "beamish/term/keywords.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace beamish {
namespace {

struct task_handler {
  static constexpr auto enforce_keys = std::array{"task_limit"};
  int task_limit = 0;
  std::vector<std::string> queue = {"first"};
  std::optional<std::string> name;
};
struct server_options {
  std::chrono::milliseconds timeout{5000};
  bool trap_exit = false;
  std::function<void()> on_exit;
};
struct pair_of_keys {
  static constexpr auto enforce_keys = std::array{"a", "b"};
  int a = 0;
  int b = 0;
};

}  // namespace

TEST_CASE("given keys replace the struct's defaults, others keep them") {
  auto h = struct_from_keywords<task_handler>({{"task_limit", 4}});
  CHECK(h.task_limit == 4);
  CHECK(h.queue == std::vector<std::string>{"first"});
  CHECK_FALSE(h.name.has_value());
  h = struct_from_keywords<task_handler>(
      keywords{{"name", "x"}, {"queue", list("a", "b")}, {"task_limit", 1}});
  CHECK(h.name == "x");
  CHECK(h.queue == std::vector<std::string>{"a", "b"});
  auto o = from_keywords<server_options>({});
  CHECK(o->timeout.count() == 5000);
  o = from_keywords<server_options>({{"timeout", 10}, {"trap_exit", true}});
  CHECK(o->timeout.count() == 10);
  CHECK(o->trap_exit);
}

TEST_CASE("of equal keys the last counts") {
  CHECK(struct_from_keywords<task_handler>({{"task_limit", 1}, {"task_limit", 2}}).task_limit == 2);
}

TEST_CASE("an enforced key must be given") {
  CHECK(from_keywords<task_handler>({}).error() ==
        "the following keys must also be given when building struct TaskHandler: [:task_limit]");
  CHECK(from_keywords<pair_of_keys>({}).error() ==
        "the following keys must also be given when building struct PairOfKeys: [:a, :b]");
  CHECK(from_keywords<pair_of_keys>({{"a", 1}}).error() ==
        "the following keys must also be given when building struct PairOfKeys: [:b]");
  CHECK_THROWS_WITH_AS(
      struct_from_keywords<task_handler>({}),
      "the following keys must also be given when building struct TaskHandler: [:task_limit]",
      argument_error);
}

TEST_CASE("an unknown key is named, with the known ones") {
  CHECK(from_keywords<pair_of_keys>({{"a", 1}, {"c", 2}}).error() ==
        "unknown keys [:c] in [a: 1, c: 2], the allowed keys are: [:a, :b]");
  CHECK_THROWS_AS(struct_from_keywords<pair_of_keys>({{"x", 1}}), std::invalid_argument);
}

TEST_CASE("a value of the wrong type is named") {
  CHECK(from_keywords<task_handler>({{"task_limit", "two"}}).error() ==
        "task_limit: expected an integer, found \"two\"");
  CHECK(from_keywords<task_handler>({{"task_limit", 1}, {"queue", list("a", 5)}}).error() ==
        "queue[1]: expected a binary, found 5");
  CHECK(from_keywords<server_options>({{"on_exit", 1}}).error() ==
        "on_exit: expected nothing, as this field can't be given by a keyword, found 1");
}

TEST_CASE("keywords are a keyword list") {
  keywords k{{"a", 1}, {"b", atom("x")}, {"a", 2}};
  CHECK(inspect(k) == "[a: 1, b: :x, a: 2]");
  CHECK(k.size() == 3);
  REQUIRE(k.find("a") != nullptr);
  CHECK(*k.find("a") == term(2));
  CHECK(k.find("c") == nullptr);
  CHECK(keywords::from(to_term(k)) == k);
  CHECK_FALSE(keywords::from(list(1)).has_value());
  CHECK_FALSE(keywords::from(tuple()).has_value());
  CHECK(keywords::from(list()) == keywords());
}

}  // namespace beamish
