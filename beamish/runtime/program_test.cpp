// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/program.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "beamish/runtime/node.hpp"
#include "beamish/runtime/node_core.hpp"

using namespace beamish;

TEST_CASE("a program knows its living nodes, and never gives an index again") {
  std::uint32_t before = 0;
  {
    node n({.name = "known@test", .workers = 0});
    before = n.core().index;
    CHECK(before != 0);
    CHECK(detail::the_program().find_node("known@test") == before);
    const auto living = detail::the_program().living_nodes();
    CHECK(std::count(living.begin(), living.end(), "known@test") == 1);
    REQUIRE(detail::the_program().entry(before) != nullptr);
    CHECK(detail::the_program().entry(before)->core.load() == &n.core());
    CHECK(!detail::is_gone_node(before));
  }
  CHECK(detail::the_program().find_node("known@test") == 0);
  CHECK(detail::is_gone_node(before));
  CHECK(!detail::is_gone_node(0));
  node n({.name = "known@test", .workers = 0});
  CHECK(n.core().index > before);
}

TEST_CASE("an index that was never given names no node") {
  CHECK(detail::the_program().entry(0xffffffff) == nullptr);
  CHECK(detail::find_slot(pid{0xffffffff, 1, 1}) == nullptr);
  CHECK(detail::find_slot(pid{0, 1, 1}) == nullptr);
  CHECK(detail::find_slot(pid{}) == nullptr);
}

TEST_CASE("cores and directories of ended nodes are used again") {
  const detail::node_core* core = nullptr;
  const detail::slot_directory* directory = nullptr;
  {
    node n({.name = "first@test", .workers = 0});
    core = &n.core();
    directory = n.core().directory;
    n.start();
    n.spawn([] {});
    while (n.poll()) {
    }
    CHECK(n.stop());
  }
  node n({.name = "second@test", .workers = 0});
  CHECK(&n.core() == core);
  CHECK(n.core().directory == directory);
  CHECK(n.core().find(1) == nullptr);
  n.start();
  const pid p = n.spawn([] {});
  CHECK(p.id == 1);
  CHECK(p.serial == 0);
}

TEST_CASE("a directory finds slots by id, and nothing beyond its ends") {
  auto* directory = detail::the_program().borrow_directory();
  CHECK(directory->find(1) == nullptr);
  auto* branch = detail::the_program().borrow_branch();
  auto* chunk = detail::the_program().borrow_chunk();
  branch->chunks[0] = chunk;
  directory->branches[0] = branch;
  CHECK(directory->find(0) == &chunk->slots[0]);
  CHECK(directory->find(255) == &chunk->slots[255]);
  CHECK(directory->find(256) == nullptr);
  CHECK(directory->find(65'536) == nullptr);
  CHECK(directory->find(detail::max_process_id) == nullptr);
  CHECK(directory->find(0xffffffff) == nullptr);
  detail::the_program().return_directory(directory);
}
