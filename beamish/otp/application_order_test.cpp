// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/application_order.hpp"

#include <doctest/doctest.h>

#include <map>

#include "beamish/term/inspect.hpp"

using namespace beamish;

namespace {

using names = std::vector<std::string>;
using needs = std::map<std::string, names>;

answer<names> order(const names& wanted, const needs& all) {
  return detail::order_of_starts(wanted, [&all](const std::string& name) -> const names* {
    const auto found = all.find(name);
    return found == all.end() ? nullptr : &found->second;
  });
}

std::string failure(const names& wanted, const needs& all) {
  const auto result = order(wanted, all);
  return result ? "" : inspect(result.reason().value());
}

}  // namespace

TEST_CASE("what is needed comes first, once, in the order in which it is named") {
  const needs diamond{
      {"shop", {"web", "books"}}, {"web", {"log"}}, {"books", {"log"}}, {"log", {}}};
  CHECK(*order({"shop"}, diamond) == names{"log", "web", "books", "shop"});
  CHECK(*order({"books", "shop", "log"}, diamond) == names{"log", "books", "web", "shop"});
  CHECK(order({}, diamond)->empty());
}

TEST_CASE("a circle is told with all that are on it, and nobody who only leads there") {
  const needs circle{{"a", {"b"}}, {"b", {"c"}}, {"c", {"d"}}, {"d", {"b"}}, {"self", {"self"}}};
  CHECK(failure({"a"}, circle) == "{:b, {:cycle, [:b, :c, :d, :b]}}");
  CHECK(failure({"self"}, circle) == "{:self, {:cycle, [:self, :self]}}");
}

TEST_CASE("what nobody knows is told with who needs it") {
  const needs gap{{"a", {"b"}}, {"b", {"c"}}};
  CHECK(failure({"a"}, gap) == "{:c, {:not_loaded, {:needed_by, :b}}}");
  CHECK(failure({"z"}, gap) == "{:z, :not_loaded}");
}
