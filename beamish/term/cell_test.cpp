// SPDX-License-Identifier: Apache-2.0
#include "beamish/term/cell.hpp"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include "beamish/term/term.hpp"

namespace beamish {
namespace {

// A constant expression can neither call retain and release, which are not constexpr, nor do
// anything atomic: that these evaluate shows that values in place cost nothing of the kind.
constexpr bool copies_without_counting(const term& original) {
  term copy = original;
  term assigned;
  assigned = copy;
  term moved = std::move(copy);
  assigned = std::move(moved);
  return assigned.kind() == original.kind();
}
static_assert(copies_without_counting(term(atom("shutdown"))));
static_assert(copies_without_counting(term(atom("fourteen_bytes"))));
static_assert(copies_without_counting(term(42)));
static_assert(copies_without_counting(term("a short text")));
static_assert(copies_without_counting(term(pid{1, 2, 3})));
static_assert(copies_without_counting(term()));

constexpr term constant = atom("normal");

detail::cell long_cell() {
  return detail::cell::text(term_kind::binary, "more than fourteen bytes");
}

std::uint64_t owners(const detail::cell& c) { return c.heap()->references; }

}  // namespace

TEST_CASE("a term in place can be a constant of the program") { CHECK(constant.is_atom("normal")); }

TEST_CASE("a text is in place if and only if it fits") {
  for (std::size_t length = 0; length < 40; ++length) {
    std::string text(length, 'x');
    auto c = detail::cell::text(term_kind::binary, text);
    CHECK(c.is_heap() == (length > detail::cell::text_in_place_max));
    CHECK(c.text_view() == text);
  }
}

TEST_CASE("a heap block is counted by those who hold it") {
  auto a = long_cell();
  CHECK(owners(a) == 1);
  {
    auto b = a;
    CHECK(owners(a) == 2);
    auto c = std::move(b);
    CHECK(owners(a) == 2);
    CHECK_FALSE(b.is_heap());
    b = c;
    CHECK(owners(a) == 3);
    b = detail::cell();
    CHECK(owners(a) == 2);
    auto& self = c;
    c = self;
    CHECK(owners(a) == 2);
    c = std::move(self);
    CHECK(c.text_view() == "more than fourteen bytes");
  }
  CHECK(owners(a) == 1);
}

TEST_CASE("threads that copy and drop one block leave one owner") {
  auto shared = long_cell();
  auto work = [mine = shared]() mutable {
    for (int i = 0; i < 20'000; ++i) {
      detail::cell copy = mine;
      mine = copy;
    }
    mine = detail::cell();
  };
  std::thread a(work);
  std::thread b(std::move(work));
  a.join();
  b.join();
  // The first lambda was moved from, and each thread has dropped its own.
  CHECK(owners(shared) == 1);
}

}  // namespace beamish
