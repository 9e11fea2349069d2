// SPDX-License-Identifier: Apache-2.0
#include "beamish/term/hash.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "beamish/term/big_integer.hpp"

using namespace beamish;

TEST_CASE("equal terms have equal hashes, and the others of this list different ones") {
  const auto all = [] {
    return std::vector<term>{
        term(),
        term(1),
        term(-1),
        term(1.0),
        term(0.0),
        term("a"),
        term(atom("a")),
        tuple(),
        tuple(1),
        tuple(1, 2),
        tuple(2, 1),
        list(),
        list(1),
        list(1, 2),
        list(list(1), 2),
        list(1, list(2)),
        list_from(std::vector<term>{1}, 2),
        map({}),
        map({{1, 2}, {3, 4}}),
        map({{1, 4}, {3, 2}}),
        structure(elixir_module("Point"), {{"x", 1}, {"y", 2}}),
        structure(elixir_module("Point"), {{"x", 2}, {"y", 1}}),
        term(pid{1, 2, 3}),
        term(reference{1, {2, 3}}),
        term(std::string(300, 'x')),
        opaque("socket"),
        bitstring("a", 3),
    };
  };
  const auto once = all(), again = all();
  for (std::size_t i = 0; i < once.size(); ++i) {
    for (std::size_t j = 0; j < again.size(); ++j)
      CHECK((hash_value(once[i]) == hash_value(again[j])) == (i == j));
  }
  CHECK(hash_value(term(0.0)) == hash_value(term(-0.0)));
}

TEST_CASE("a hash is the same in every run, and does not know a pid's node") {
  CHECK(hash_value(term(1)) == 10905525725756348110u);
  CHECK(hash_of_text("room") == 10869224950847553816u);
  CHECK(hash_value(pid{1, 2, 3}) == hash_value(pid{9, 2, 3}));
  CHECK(hash_value(pid{1, 2, 3}) != hash_value(pid{1, 2, 4}));
}

TEST_CASE("a deep term has a hash, too") {
  term deep;
  for (int i = 0; i < 100000; ++i) deep = list(deep);
  CHECK(hash_value(deep) == hash_value(deep));
}
