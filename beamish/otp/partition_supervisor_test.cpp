// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/partition_supervisor.hpp"

#include <algorithm>
#include <climits>

#include "beamish/otp/agent.hpp"
#include "beamish/otp/dynamic_supervisor.hpp"
#include "beamish/otp/registry.hpp"
#include "beamish/otp/schedulers.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/otp/whereis.hpp"
#include "beamish/runtime/node.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"
#include "beamish/term/inspect.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct shard : gen_server<shard> {
  struct add {
    int amount;
  };
  struct total {
    using reply = int;
  };
  using messages = accepts<add, total>;
  int sum = 0;
  void handle_cast(add& m) { sum += m.amount; }
  int handle_call(total&) { return sum; }
};

// Empty if there is no such supervisor now.
pid shard_of(const partition_supervisor& s) {
  try {
    return s.whereis(0);
  } catch (const exited& none) {
    static_cast<void>(none.reason());
    return {};
  }
}

task<> stop_it(const partition_supervisor& s) {
  unlink(s.process());
  co_await stop(s);
}

// Kills the process of a partition, and waits until there is another.
task<> replace(const partition_supervisor& s, int key) {
  const pid before = s.whereis(key);
  beamish::exit(before, exit_reason::kill());
  while (s.whereis(key) == before) co_await beamish::sleep(1ms);
}

}  // namespace

TEST_CASE("PS1 there is a partition for each worker, if nobody says how many") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await partition_supervisor::start_link({.name = "shards"}, child_spec<shard>(0));
    CHECK(s.partitions() == static_cast<int>(schedulers_online()));
    CHECK(schedulers_online() == 2);
    auto counts = co_await s.count_children();
    CHECK(counts.active == 2);
    CHECK(counts.specs == 2);
    co_await stop_it(s);
  });
  for (const unsigned workers : {1u, 3u}) {
    std::atomic<int> seen = 0;
    node n({.workers = workers});
    n.start();
    n.spawn([&seen]() -> task<> {
      auto s = co_await partition_supervisor::start_link({.name = "shards"}, child_spec<shard>(0));
      seen = s.partitions();
    });
    CHECK(n.wait_until_empty(10s));
    CHECK(seen == static_cast<int>(workers));
    n.stop();
  }
}

TEST_CASE("PS1 integers lead to their remainder without sign, other terms by their hash") {
  sim::in_all_worlds([]() -> task<> {
    const partition_supervisor_options three{.name = "shards", .partitions = 3};
    auto s = co_await partition_supervisor::start_link(three, child_spec<shard>(0));
    std::vector<pid> all(3);
    auto rows = co_await s.which_children();
    for (const child_info& row : rows)
      all[static_cast<std::size_t>(*row.id.as_integer())] = row.process;
    for (const int key : {0, 1, 2, 3, 4, 100, -1, -4, -6}) {
      CHECK(whereis(via(s, key)) == all[static_cast<std::size_t>(std::abs(key)) % 3]);
      CHECK(s.whereis(key) == whereis(via(s, key)));
    }
    CHECK(s.whereis(LLONG_MIN) == all[(1ull << 63) % 3]);
    // The same key always leads to the same one, and all are led to.
    std::vector<bool> reached(3);
    for (int i = 0; i < 50; ++i) {
      const term key = tuple(atom("room"), i);
      const pid found = whereis(via(s, key));
      CHECK(found == s.whereis(tuple(atom("room"), i)));
      const auto at = std::ranges::find(all, found) - all.begin();
      REQUIRE(at < 3);
      reached[static_cast<std::size_t>(at)] = true;
    }
    CHECK(reached == std::vector{true, true, true});
    CHECK(s.whereis(self()) == whereis(via(s, self())));
    // In calls and casts.
    cast<shard::add>(via(s, 4), 42);
    auto sum = co_await call<shard::total>(via(s, 1));
    CHECK(sum == 42);
    sum = co_await call<shard::total>(via(s, 2));
    CHECK(sum == 0);
    // Nothing is registered there.
    const via first(s, 0);
    auto taken = co_await try_start<shard>({.registry_name = &first}, 0);
    CHECK(taken.reason().value() == tuple(atom("already_started"), all[0]));
    co_await stop_it(s);
  });
}

TEST_CASE("PS1 a partition that was started again is found again") {
  sim::in_all_worlds([]() -> task<> {
    const partition_supervisor_options two{.name = "shards", .partitions = 2};
    auto s = co_await partition_supervisor::start_link(two, child_spec<shard>(7));
    const pid first = s.whereis(0), second = s.whereis(1);
    cast<shard::add>(via(s, 0), 1);
    co_await replace(s, 0);
    CHECK(s.whereis(0) != first);
    CHECK(s.whereis(1) == second);
    auto sum = co_await call<shard::total>(via(s, 0));
    CHECK(sum == 7);
    co_await stop_it(s);
  });
}

TEST_CASE("PS2 a function makes the specification of each partition; ids are 0 to n - 1") {
  sim::in_all_worlds([]() -> task<> {
    const partition_supervisor_options three{.name = "shards", .partitions = 3};
    auto s = co_await partition_supervisor::start_link(
        three, [](int i) { return child_spec<shard>({.id = "any"}, 10 * i); });
    for (int i = 0; i < 3; ++i) {
      auto sum = co_await call<shard::total>(via(s, i));
      CHECK(sum == 10 * i);
    }
    auto rows = co_await s.which_children();
    REQUIRE(rows.size() == 3);
    for (int i = 0; i < 3; ++i) {
      const child_info& row = rows[static_cast<std::size_t>(2 - i)];
      CHECK(row.id == term(i));
      CHECK(row.process == s.whereis(i));
      CHECK(row.module == elixir_module("Shard"));
    }
    // The arguments are the same when it starts again.
    co_await replace(s, 2);
    auto sum = co_await call<shard::total>(via(s, 2));
    CHECK(sum == 20);
    co_await stop_it(s);
  });
}

TEST_CASE("PS3 resize stops and starts partitions, and keeps their specifications") {
  sim::in_all_worlds([]() -> task<> {
    const partition_supervisor_options three{.name = "shards", .partitions = 3};
    auto s = co_await partition_supervisor::start_link(
        three, [](int i) { return child_spec<shard>(10 * i); });
    const pid first = s.whereis(0), last = s.whereis(2);
    co_await s.resize(1);
    CHECK(s.partitions() == 1);
    CHECK(!alive(last));
    CHECK(s.whereis(2) == first);
    auto counts = co_await s.count_children();
    CHECK(counts.active == 1);
    CHECK(counts.specs == 3);
    co_await s.resize(3);
    CHECK(s.partitions() == 3);
    CHECK(s.whereis(0) == first);
    CHECK(alive(s.whereis(2)));
    auto sum = co_await call<shard::total>(via(s, 2));
    CHECK(sum == 20);
    co_await s.resize(3);
    CHECK(s.whereis(0) == first);
    co_await s.resize(0);
    CHECK(s.partitions() == 0);
    CHECK_THROWS_AS(s.whereis(0), argument_error);
    CHECK_THROWS_AS((void)call<shard::total>(via(s, 0)), argument_error);
    counts = co_await s.count_children();
    CHECK(counts.active == 0);
    co_await s.resize(2);
    CHECK(alive(s.whereis(1)));
    CHECK_THROWS_AS((void)s.resize(4), argument_error);
    CHECK_THROWS_AS((void)s.resize(-1), argument_error);
    CHECK(s.partitions() == 2);
    co_await stop_it(s);
  });
}

TEST_CASE("PS4 a missing name, and a number that isn't positive, are argument_errors") {
  sim::in_all_worlds([]() -> task<> {
    const auto spec = child_spec<shard>(0);
    const partition_supervisor_options unnamed{.partitions = 1};
    CHECK_THROWS_AS((void)partition_supervisor::start_link(unnamed, spec), argument_error);
    for (const int wrong : {0, -1}) {
      const partition_supervisor_options none{.name = "shards", .partitions = wrong};
      CHECK_THROWS_AS((void)partition_supervisor::start_link(none, spec), argument_error);
      CHECK_THROWS_AS((void)partition_supervisor::spec(none, spec), argument_error);
    }
    co_return;
  });
}

TEST_CASE("PS4 an unknown partition supervisor is noproc, and a cast to it is none") {
  sim::in_all_worlds([]() -> task<> {
    const auto none = partition_supervisor::named("nope");
    const auto why = [](auto f) {
      try {
        f();
      } catch (const exited& e) {
        return inspect(e.reason());
      }
      return std::string();
    };
    const std::string noproc = "{:noproc, {:partition_supervisor, :partitions, [:nope]}}";
    CHECK(why([&] { none.partitions(); }) == noproc);
    CHECK(why([&] { none.whereis(1); }) == noproc);
    CHECK(why([&] { (void)call<shard::total>(via(none, 1)); }) == noproc);
    cast<shard::add>(via(none, 1), 1);
    auto rows = co_await attempt(none.which_children());
    CHECK(inspect(rows.reason()).starts_with("{:noproc, {:gen_server, :call, [:nope, "));
  });
}

TEST_CASE("PS1 dynamic supervisors and agents are asked by a key of their partition") {
  sim::in_all_worlds([]() -> task<> {
    const partition_supervisor_options two{.name = "houses", .partitions = 2};
    auto houses = co_await partition_supervisor::start_link(two, dynamic_supervisor::spec());
    auto child =
        co_await dynamic_supervisor::named(via(houses, 1)).start_child(child_spec<shard>(1));
    CHECK(child.ok());
    auto counts = co_await dynamic_supervisor(houses.whereis(1)).count_children();
    CHECK(counts.active == 1);
    counts = co_await houses.count_children();
    CHECK(counts.supervisors == 2);
    co_await stop_it(houses);
  });
}

TEST_CASE("a partition supervisor is a child of a supervisor, and is found when it starts again") {
  sim::in_all_worlds([]() -> task<> {
    const partition_supervisor_options two{.name = "shards", .partitions = 2};
    // Children that start only once are kept by nobody but the table.
    auto spec = child_spec<shard>({.restart = restart_kind::temporary}, 3);
    child_list children{partition_supervisor::spec(two, spec)};
    auto top = co_await supervisor::start_link(children, {.strategy = one_for_one});
    const auto s = partition_supervisor::named("shards");
    const pid first = s.process(), shard_before = s.whereis(0);
    beamish::exit(first, exit_reason::kill());
    const auto back = [&] {
      return s.process() && s.process() != first && alive(shard_of(s)) &&
             shard_of(s) != shard_before;
    };
    while (!back()) co_await beamish::sleep(1ms);
    CHECK(s.whereis(0) != shard_before);
    auto sum = co_await call<shard::total>(via(s, 0));
    CHECK(sum == 3);
    auto rows = co_await s.which_children();
    CHECK(rows[0].module == elixir_module("Shard"));
    unlink(top.process());
    co_await stop(top);
  });
}

TEST_CASE("PS1 its name may be the key of a registry, and is looked up at each use") {
  sim::in_all_worlds([]() -> task<> {
    using keys = registry<std::string, int>;
    const via missing(keys::named("later"), "shards");
    const auto early = partition_supervisor::named(missing);
    auto r = co_await keys::start_link({.keys = unique, .name = "later"});
    const via name(r, "shards");
    CHECK(!shard_of(early));
    auto s = co_await partition_supervisor::start_link({.registry_name = &name, .partitions = 2},
                                                       child_spec<shard>(0));
    CHECK(s.process() == name.whereis());
    CHECK(early.whereis(0) == s.whereis(0));
    const auto by_key = partition_supervisor::named(name);
    cast<shard::add>(via(by_key, 1), 42);
    auto sum = co_await call<shard::total>(via(s, 1));
    CHECK(sum == 42);
    CHECK(inspect(destination(via(s, 1)).to_term()) ==
          "{:via, PartitionSupervisor, {{:via, Registry, {:later, \"shards\"}}, 1}}");
    co_await by_key.resize(1);
    CHECK(s.partitions() == 1);
    auto children = co_await by_key.count_children();
    CHECK(children.active == 1);
    co_await stop_it(s);
    // Nobody has the name, and then another supervisor.
    try {
      static_cast<void>(s.partitions());
      FAIL("there is no such supervisor");
    } catch (const exited& e) {
      CHECK(inspect(e.reason()) ==
            "{:noproc, {:partition_supervisor, :partitions, [{:via, Registry, {:later, "
            "\"shards\"}}]}}");
    }
    auto next = co_await partition_supervisor::start_link({.registry_name = &name, .partitions = 3},
                                                          child_spec<shard>(0));
    CHECK(by_key.partitions() == 3);
    CHECK(early.whereis(2) == next.whereis(2));
    co_await stop_it(next);
    unlink(r.process());
    co_await stop(r);
  });
}
