// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/registry_table.hpp"

#include <algorithm>

#include "beamish/runtime/spawn.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace beamish::detail;

namespace {

struct numbered : registry_entry {
  numbered(pid o, int k) : registry_entry(o, static_cast<std::size_t>(k) % 3), key(k) {}
  int key;
};
constexpr registry_type numbers{nullptr, nullptr, nullptr};

// Few hashes for many keys, so that they meet in one place.
registry_key of(const int& key) {
  return {static_cast<std::size_t>(key) % 3, &key, [](const registry_entry& e, const void* k) {
            return static_cast<const numbered&>(e).key == *static_cast<const int*>(k);
          }};
}

const pid guard{1, 1, 1};

bool add(registry_table& t, pid owner, int key) {
  std::unique_ptr<registry_entry> e = std::make_unique<numbered>(owner, key);
  return t.insert(e, of(key), guard).what == registry_table::outcome::done;
}

std::vector<pid> owners(const registry_table& t, int key) {
  std::vector<pid> all;
  const auto see = [&](const registry_entry& e) { all.push_back(e.owner); };
  t.each(of(key), visitor_of(see));
  return all;
}

std::vector<int> keys(const registry_table& t, pid owner) {
  std::vector<int> all;
  const auto see = [&](const registry_entry& e) {
    all.push_back(static_cast<const numbered&>(e).key);
  };
  t.each_of(owner, visitor_of(see));
  return all;
}

std::size_t count(const removed_entries& gone) {
  std::size_t all = 0;
  for (const registry_entry* e = gone.first(); e != nullptr; e = e->next_own) ++all;
  return all;
}

}  // namespace

TEST_CASE("entries of many keys with few hashes are found, by key and by owner, in their order") {
  registry_table t("t", registry_keys::duplicate, numbers, 1, {}, 1);
  CHECK(!add(t, {1, 5, 0}, 0));  // the partition is not open
  t.open(0, guard);
  for (int round = 0; round < 3; ++round) {
    for (int key = 0; key < 100; ++key)
      CHECK(add(t, {1, static_cast<std::uint32_t>(round), 0}, key));
  }
  CHECK(t.size() == 300);
  CHECK(owners(t, 42) == std::vector<pid>{{1, 0, 0}, {1, 1, 0}, {1, 2, 0}});
  CHECK(owners(t, 100).empty());
  CHECK(keys(t, {1, 1, 0}).size() == 100);
  CHECK(keys(t, {1, 1, 0})[99] == 99);
  // The first of a key, one in the middle, the last.
  CHECK(count(t.erase({1, 0, 0}, of(42))) == 1);
  CHECK(owners(t, 42) == std::vector<pid>{{1, 1, 0}, {1, 2, 0}});
  CHECK(count(t.erase({1, 1, 0}, of(43))) == 1);
  CHECK(owners(t, 43) == std::vector<pid>{{1, 0, 0}, {1, 2, 0}});
  CHECK(count(t.erase({1, 2, 0}, of(44))) == 1);
  CHECK(owners(t, 44) == std::vector<pid>{{1, 0, 0}, {1, 1, 0}});
  CHECK(count(t.erase({1, 2, 0}, of(44))) == 0);
  CHECK(add(t, {1, 2, 0}, 44));
  CHECK(owners(t, 44).back() == pid{1, 2, 0});
  CHECK(count(t.forget({1, 1, 0})) == 99);
  CHECK(!t.has_entries({1, 1, 0}));
  CHECK(t.has_entries({1, 2, 0}));
  CHECK(owners(t, 42) == std::vector<pid>{{1, 2, 0}});
  t.shut(0);
  CHECK(t.size() == 0);
  CHECK(owners(t, 42).empty());
  CHECK(!t.process_of(0));
}

TEST_CASE("the unique key of a dead process is given away, and its entry goes with its partition") {
  sim::in_all_worlds([]() -> task<> {
    registry_table t("t", registry_keys::unique, numbers, 1, {}, 1);
    t.open(0, guard);
    auto dead = spawn_monitor([] {});
    co_await receive<down_message>();
    CHECK(add(t, dead.process, 7));
    CHECK(add(t, dead.process, 10));
    CHECK(t.holder(of(7)) == dead.process);
    CHECK(add(t, self(), 7));
    CHECK(!add(t, self(), 7));
    CHECK(t.holder(of(7)) == self());
    CHECK(t.size() == 2);
    CHECK(count(t.forget(dead.process)) == 2);
    CHECK(t.holder(of(7)) == self());
    CHECK(!t.holder(of(10)));
    CHECK(t.size() == 1);
    const auto two = [](const registry_entry& e) {
      CHECK(static_cast<const numbered&>(e).key == 7);
    };
    CHECK(t.change(self(), of(7), visitor_of(two)));
    CHECK(!t.change(dead.process, of(7), visitor_of(two)));
  });
}

TEST_CASE("of the entries of one key some can be erased, by their numbers") {
  registry_table t("t", registry_keys::duplicate, numbers, 4, {}, 1);
  const pid owner{1, 3, 0};
  for (std::size_t i = 0; i < 4; ++i) t.open(i, guard);
  for (int i = 0; i < 4; ++i) CHECK(add(t, owner, 5));
  std::vector<std::uint64_t> all;
  const auto see = [&](const registry_entry& e) { all.push_back(e.number); };
  t.each(visitor_of(see));
  REQUIRE(all.size() == 4);
  CHECK(std::ranges::is_sorted(all));
  const std::uint64_t two[] = {all[1], all[3]};
  CHECK(count(t.erase(owner, of(5), two)) == 2);
  CHECK(t.size() == 2);
  CHECK(count(t.erase(owner, of(5), std::span<const std::uint64_t>())) == 0);
  CHECK(count(t.erase(owner, of(5))) == 2);
}
