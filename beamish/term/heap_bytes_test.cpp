// SPDX-License-Identifier: Apache-2.0
#include "beamish/term/heap_bytes.hpp"

#include <doctest/doctest.h>

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace foreign {
// Holds memory that nobody can see.
struct buffer {
  std::shared_ptr<char[]> data;
  std::size_t size = 0;
};
std::size_t heap_bytes(const buffer& b) { return b.size; }
struct closed {
  std::shared_ptr<int> inside;
  explicit closed(int x) : inside(std::make_shared<int>(x)) {}
};
}  // namespace foreign

namespace beamish {
namespace {
struct letter {
  std::string text;
  std::vector<std::string> lines;
  std::optional<std::string> seal;
};
}  // namespace

TEST_CASE("what lies within a value is no heap") {
  CHECK(heap_bytes_of(42) == 0);
  CHECK(heap_bytes_of(std::string("short")) == 0);
  CHECK(heap_bytes_of(std::vector<int>()) == 0);
  CHECK(heap_bytes_of(std::optional<std::string>()) == 0);
  CHECK(heap_bytes_of(term(atom("ok"))) == 0);
  CHECK(heap_bytes_of(foreign::closed(1)) == 0);
}

TEST_CASE("strings, containers and structs count with all that is behind them") {
  const std::string text(1000, 'x');
  CHECK(heap_bytes_of(text) >= 1000);
  CHECK(heap_bytes_of(std::vector<int>(100)) == 400);
  CHECK(heap_bytes_of(std::vector<std::string>{text, text}) >= 2 * (1000 + sizeof text));
  CHECK(heap_bytes_of(std::list<std::string>{text}) >= 1000 + sizeof text);
  CHECK(heap_bytes_of(std::map<int, std::string>{{1, text}}) >= 1000 + sizeof text);
  CHECK(heap_bytes_of(std::pair<int, std::string>{1, text}) >= 1000);
  CHECK(heap_bytes_of(letter{text, {text}, text}) >= 3000 + sizeof text);
}

TEST_CASE("terms count with their parts, and a type may count for itself") {
  const std::string text(1000, 'x');
  CHECK(heap_bytes_of(term(std::string_view(text))) >= 1000);
  CHECK(heap_bytes_of(tuple(term(std::string_view(text)), list(term(std::string_view(text))))) >=
        2000);
  CHECK(heap_bytes_of(foreign::buffer{nullptr, 5000}) == 5000);
  CHECK(heap_bytes_of(std::vector<foreign::buffer>{{nullptr, 5000}}) >= 5000);
}

}  // namespace beamish
