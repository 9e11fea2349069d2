// SPDX-License-Identifier: Apache-2.0
#include "beamish/term/fields.hpp"

#include <doctest/doctest.h>

#include <any>
#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "beamish/term/term.hpp"

namespace beamish {
namespace {

struct empty {};
struct one {
  int value;
};
struct task {
  std::string command;
  int limit = 2;
};
struct wide {
  std::optional<int> a;
  std::function<void()> function_field;
  std::variant<int, std::string> c;
  std::map<int, int> d;
  std::unique_ptr<int> e;
  std::any f;
  term g;
  atom h;
  std::vector<wide> i;
  std::array<int, 3> j;
  task k;
  std::chrono::milliseconds l;
};
struct twenty_four {
  int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20,
      a21, a22, last;
};
struct twenty_five {
  twenty_four a;
  int b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15, b16, b17, b18, b19, b20,
      b21, b22, b23;
};
struct derived : task {
  int more;
};
struct derived_from_empty : empty {};
template <class T>
struct names_only : empty {};
struct named_by : names_only<named_by> {
  std::string title;
  std::vector<std::unique_ptr<int>> owned;
  bool lent = false;
};
struct with_last : names_only<with_last> {
  twenty_four many;
  int a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20,
      a21, a22, last;
};
struct one_too_many : names_only<one_too_many> {
  twenty_four many;
  int a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20,
      a21, a22, a23, last;
};
struct other_empty {};
struct derived_twice : other_empty, names_only<int> {
  int more;
};
struct derived_from_derived : named_by {
  int more;
};
struct starts_with_any : empty {
  std::any first;
  int second;
};
struct anything {
  std::any value;
};
class with_private {
 public:
  int visible = 0;

 private:
  int hidden_ = 0;

 public:
  int sum() const { return visible + hidden_; }
};
template <class T>
struct box {
  T content;
};
struct not_default {
  explicit not_default(int) {}
};
struct holds_not_default {
  not_default member;
  int other;
};
struct derived_not_default : names_only<int> {
  int other;
  not_default member;
};

}  // namespace

TEST_CASE("fields are counted") {
  CHECK(field_count<empty> == 0);
  CHECK(field_count<one> == 1);
  CHECK(field_count<task> == 2);
  CHECK(field_count<wide> == 12);
  CHECK(field_count<twenty_four> == 24);
  CHECK(field_count<anything> == 1);
  CHECK(field_count<holds_not_default> == 2);
}

TEST_CASE("an empty base class is seen through") {
  CHECK(field_count<derived_from_empty> == 0);
  CHECK(field_count<named_by> == 3);
  CHECK(field_count<with_last> == 24);
  CHECK(field_count<starts_with_any> == 2);
  CHECK(field_count<derived_not_default> == 2);
  CHECK(field_names<named_by>[0] == "title");
  CHECK(field_names<named_by>[2] == "lent");
  CHECK(field_names<with_last>[23] == "last");
  named_by book{{}, "Emma", {}, true};
  CHECK(visit_fields(book, [](std::string& title, auto&, bool& lent) {
          lent = false;
          return title;
        }) == "Emma");
  CHECK(!book.lent);
}

TEST_CASE("fields are named") {
  CHECK(field_names<one>[0] == "value");
  CHECK(field_names<task>[0] == "command");
  CHECK(field_names<task>[1] == "limit");
  CHECK(field_names<wide>[1] == "function_field");
  CHECK(field_names<wide>[8] == "i");
  CHECK(field_names<wide>[11] == "l");
  CHECK(field_names<twenty_four>[23] == "last");
  CHECK(field_names<box<std::map<int, std::string>>>[0] == "content");
  struct local {
    int inside;
  };
  CHECK(field_names<local>[0] == "inside");
  CHECK(field_names<holds_not_default>[0] == "member");
}

TEST_CASE("fields are visited in order, and can be changed") {
  task t{"ls", 4};
  visit_fields(t, [](auto& command, auto& limit) {
    command += " -l";
    ++limit;
  });
  CHECK(t.command == "ls -l");
  CHECK(t.limit == 5);
  const task& constant = t;
  CHECK(visit_fields(constant, [](const std::string& c, const int& l) {
          return c.size() + static_cast<std::size_t>(l);
        }) == 10);
  CHECK(visit_fields(empty{}, [](auto&... f) { return sizeof...(f); }) == 0);
  twenty_four w{};
  w.last = 7;
  CHECK(visit_fields(w, [](auto&... f) { return (f + ...); }) == 7);
}

TEST_CASE("what has no visible fields is no plain struct") {
  CHECK(plain_struct<task>);
  CHECK(plain_struct<const task>);
  CHECK(plain_struct<wide>);
  CHECK(plain_struct<empty>);
  CHECK(plain_struct<anything>);
  CHECK_FALSE(plain_struct<derived>);
  CHECK(plain_struct<derived_from_empty>);
  CHECK(plain_struct<with_last>);
  CHECK_FALSE(plain_struct<one_too_many>);
  CHECK_FALSE(plain_struct<derived_twice>);
  CHECK_FALSE(plain_struct<derived_from_derived>);
  CHECK_FALSE(plain_struct<with_private>);
  CHECK_FALSE(plain_struct<twenty_five>);
  CHECK_FALSE(plain_struct<int>);
  CHECK_FALSE(plain_struct<std::string>);
  CHECK_FALSE(plain_struct<std::function<void()>>);
  auto lambda = [] {};
  CHECK_FALSE(plain_struct<decltype(lambda)>);
  CHECK(with_private{}.sum() == 0);
}

namespace {
struct with_array {
  int id;
  char bytes[8];
};
struct array_first {
  double xs[2];
  std::string name;
};
struct array_of_classes : names_only<int> {
  std::string name;
  std::string more[2];
};
struct array_last {
  int id;
  std::vector<int> lists[3];
};
struct with_reference : names_only<int> {
  int id;
  int& other;
  int last;
};
struct with_bits {
  int id;
  bool first : 1;
};
struct with_nameless_union : names_only<int> {
  int id;
  union {
    int number;
    float real;
  };
};
struct no_array {
  std::vector<std::unique_ptr<int>> owned;
  std::vector<int> many;
  std::array<int, 3> three;
  std::string text;
  std::optional<int> maybe;
};
}  // namespace

TEST_CASE("a struct with a C array has no visible fields") {
  CHECK(!plain_struct<with_array>);
  CHECK(!plain_struct<array_first>);
  CHECK(plain_struct<no_array>);
  CHECK(field_count<no_array> == 5);
  CHECK(!plain_struct<array_of_classes>);
  CHECK(!plain_struct<array_last>);
}

TEST_CASE("it is known beforehand which structs can't be shown by their fields") {
  CHECK(detail::can_show_fields<no_array>());
  CHECK(detail::can_show_fields<wide>());
  CHECK(detail::can_show_fields<named_by>());
  CHECK(detail::can_show_fields<empty>());
  CHECK(!detail::can_show_fields<with_reference>());
  CHECK(!detail::can_show_fields<with_bits>());
  CHECK(!detail::can_show_fields<with_nameless_union>());
  CHECK(!detail::can_show_fields<array_of_classes>());
}

}  // namespace beamish
