// SPDX-License-Identifier: Apache-2.0
#include "beamish/term/type_name.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

namespace beamish {
namespace outer {
struct task_handler {
  struct add_book {};
};
struct named {
  static constexpr std::string_view term_name = "Shop.Order";
};
template <class T>
struct box {
  struct inner {};
};
struct HTTPServer {};
struct x2_y {};
}  // namespace outer
namespace {
struct hidden {};
}  // namespace

TEST_CASE("type_name: strings are called as people call them") {
  CHECK(short_type_name<std::string>() == "string");
  CHECK(short_type_name<std::string_view>() == "string_view");
}

TEST_CASE("a short name is the last one, without template arguments") {
  CHECK(short_type_name<int>() == "int");
  CHECK(short_type_name<outer::task_handler>() == "task_handler");
  CHECK(short_type_name<outer::task_handler::add_book>() == "add_book");
  CHECK(short_type_name<hidden>() == "hidden");
  CHECK(short_type_name<std::vector<std::string>>() == "vector");
  CHECK(short_type_name<std::map<std::string, outer::box<int>>>() == "map");
  CHECK(short_type_name<outer::box<std::map<int, int>>>() == "box");
  CHECK(short_type_name<outer::box<std::string>::inner>() == "inner");
  struct local {};
  CHECK(short_type_name<local>() == "local");
  auto lambda = [] {};
  CHECK(short_type_name<decltype(lambda)>() == "lambda");
  CHECK(short_type_name<outer::box<decltype(lambda)>>() == "box");
}

TEST_CASE("a module name is the type's in camel case, or its own") {
  CHECK(module_name<outer::task_handler>() == "TaskHandler");
  CHECK(module_name<outer::HTTPServer>() == "HTTPServer");
  CHECK(module_name<outer::x2_y>() == "X2Y");
  CHECK(module_name<outer::named>() == "Shop.Order");
  CHECK(message_name<outer::named>() == "Shop.Order");
  CHECK(message_name<outer::task_handler>() == "task_handler");
  static_assert(module_name<outer::task_handler>() == "TaskHandler");
}

}  // namespace beamish
