// SPDX-License-Identifier: Apache-2.0
//
// What can be asked of a registry's entries: matches, selections, counts; and how keys compare.
#include "beamish/otp/registry.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

using rooms = registry<std::string, int>;
using room = rooms::registration;

bool is_even(int n) { return n % 2 == 0; }

task<> stop_it(const detail::registry_handle& r) {
  unlink(r.process());
  co_await stop(r);
}

// A process that has registered itself; it lives until the registry ends.
task<pid> new_member(rooms where, std::string key, int value) {
  const pid p = spawn([where, key, value, maker = self()]() -> task<> {
    auto mine = where.register_key(key, value);
    send(maker, mine.ok());
    co_await receive<atom>();
  });
  co_await receive<bool>();
  co_return p;
}

// The same body for both kinds of keys, with one partition and with eight.
template <class Body>
void with_all_kinds(Body body) {
  for (const int partitions : {1, 8}) {
    for (const registry_keys kind : {unique, duplicate}) {
      sim::in_all_worlds([body, partitions, kind]() -> task<> {
        auto r = co_await rooms::start_link({.keys = kind, .name = "r", .partitions = partitions});
        co_await body(r);
        co_await stop_it(r);
      });
    }
  }
}

struct point {
  int x;
  int y;
  friend bool operator==(const point&, const point&) = default;
};

}  // namespace

TEST_CASE("R11 keys, values and count tell of own and foreign entries") {
  with_all_kinds([](rooms r) -> task<> {
    CHECK(r.keys(self()).empty());
    CHECK(r.count() == 0);
    auto one = r.register_key("b", 1);
    auto two = r.register_key("a", 2);
    const pid p = co_await new_member(r, "c", 3);
    CHECK(r.keys(self()) == std::vector<std::string>{"b", "a"});
    CHECK(r.keys(p) == std::vector<std::string>{"c"});
    CHECK(r.values("b", self()) == std::vector{1});
    CHECK(r.values("c", self()).empty());
    CHECK(r.values("c", p) == std::vector{3});
    CHECK(r.values("d", p).empty());
    CHECK(r.count() == 3);
    r.unregister("a");
    CHECK(r.count() == 2);
    r.unregister("b");
  });
}

TEST_CASE("R11 match and count_match find the values that fit, of own and foreign entries") {
  with_all_kinds([](rooms r) -> task<> {
    auto mine = r.register_key("a", 2);
    const pid p = co_await new_member(r, "b", 3);
    CHECK(r.match("a", is_even) == std::vector<room>{{self(), 2}});
    CHECK(r.match("b", is_even).empty());
    CHECK(r.match("c", is_even).empty());
    CHECK(r.match("b", [](int) { return true; }) == std::vector<room>{{p, 3}});
    CHECK(r.count_match("a", is_even) == 1);
    CHECK(r.count_match("b", is_even) == 0);
    // A function may ask the registry: it runs behind no lock.
    const auto asks = [r](int n) { return r.count() == 2 && n == 2; };
    CHECK(r.count_match("a", asks) == 1);
    r.unregister("a");
  });
}

TEST_CASE("R11 unregister_match ends own entries whose values fit, and only those") {
  sim::in_all_worlds([]() -> task<> {
    auto r = co_await rooms::start_link({.keys = duplicate, .name = "r", .partitions = 8});
    for (int i = 1; i <= 4; ++i) CHECK(r.register_key("a", i).ok());
    auto other = r.register_key("b", 2);
    const pid p = co_await new_member(r, "a", 6);
    r.unregister_match("a", is_even);
    CHECK(r.lookup("a") == std::vector<room>{{self(), 1}, {self(), 3}, {p, 6}});
    CHECK(r.lookup("b").size() == 1);
    r.unregister_match("nothing", is_even);
    r.unregister_match("a", [](int) { return true; });
    CHECK(r.lookup("a") == std::vector<room>{{p, 6}});
    r.unregister("b");
    co_await stop_it(r);
  });
}

TEST_CASE("R11 select gives rows, those that fit, or what is made of them") {
  with_all_kinds([](rooms r) -> task<> {
    using row = rooms::row;
    CHECK(r.select().empty());
    auto one = r.register_key("b", 1);
    const pid p = co_await new_member(r, "a", 2);
    auto three = r.register_key("c", 3);
    CHECK(r.select() == std::vector<row>{{"b", self(), 1}, {"a", p, 2}, {"c", self(), 3}});
    CHECK(r.select([](const row& e) { return e.value >= 2; }) ==
          std::vector<row>{{"a", p, 2}, {"c", self(), 3}});
    CHECK(r.select([](const row& e) { return e.key; }) == std::vector<std::string>{"b", "a", "c"});
    const auto odd = [](const row& e) {
      return e.value % 2 == 1 ? std::optional<std::string>(e.key) : std::nullopt;
    };
    CHECK(r.select(odd) == std::vector<std::string>{"b", "c"});
    CHECK(r.count_select([](const row& e) { return e.process == self(); }) == 2);
    r.unregister("b");
    r.unregister("c");
  });
}

TEST_CASE("R11 keys are compared strictly: 1 is not 1.0") {
  sim::in_all_worlds([]() -> task<> {
    auto r = co_await registry<term, term>::start_link({.keys = unique, .name = "r"});
    auto integer = r.register_key(1, atom("integer"));
    CHECK(r.lookup(1.0).empty());
    auto floating = r.register_key(1.0, atom("float"));
    CHECK(floating.ok());
    CHECK(r.lookup(1)[0].value == term(atom("integer")));
    CHECK(r.lookup(1.0)[0].value == term(atom("float")));
    CHECK(r.lookup(tuple(1)).empty());
    auto pair = r.register_key(tuple(atom("room"), 1), term());
    CHECK(r.lookup(tuple(atom("room"), 1)).size() == 1);
    CHECK(r.lookup(tuple(atom("room"), 1.0)).empty());
    for (const term& key : r.keys(self())) r.unregister(key);
    CHECK(r.count() == 0);
    co_await stop_it(r);
  });
}

TEST_CASE("R11 keys are of any type with == that is hashed or has the shape of a term") {
  sim::in_all_worlds([]() -> task<> {
    auto points = co_await registry<point, int>::start_link({.keys = unique, .name = "points"});
    auto mine = points.register_key(point{1, 2}, 3);
    CHECK(points.lookup(point{1, 2})[0].value == 3);
    CHECK(points.lookup(point{2, 1}).empty());
    points.unregister(point{1, 2});
    co_await stop_it(points);
    auto users = co_await registry<pid>::start_link({.keys = duplicate, .name = "users"});
    auto me = users.register_key(self());
    CHECK(users.lookup(self())[0].value == term());
    users.unregister(self());
    co_await stop_it(users);
  });
}
