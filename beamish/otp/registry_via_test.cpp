// SPDX-License-Identifier: Apache-2.0
//
// Names that a registry holds, in all functions that take a name.
#include <algorithm>

#include "beamish/otp/agent.hpp"
#include "beamish/otp/dynamic_supervisor.hpp"
#include "beamish/otp/partition_supervisor.hpp"
#include "beamish/otp/registry.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/otp/task_supervisor.hpp"
#include "beamish/otp/whereis.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"
#include "beamish/term/inspect.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

using rooms = registry<std::string, int>;

struct counter : gen_server<counter> {
  struct add {
    int amount;
  };
  struct total {
    using reply = int;
  };
  using messages = accepts<add, total, atom>;
  int sum = 0;
  void handle_cast(add& m) { sum += m.amount; }
  int handle_call(total&) { return sum; }
  void handle_info(atom&) { sum = -1; }
};

struct failing : gen_server<failing> {
  init_result init() { return stop_init(atom("no")); }
};

// A value that isn't made of nothing.
struct floor_number {
  explicit floor_number(int n) : number(n) {}
  int number;
  friend bool operator==(const floor_number&, const floor_number&) = default;
};

task<> stop_it(const detail::registry_handle& r) {
  unlink(r.process());
  co_await stop(r);
}

}  // namespace

TEST_CASE("R6 a registry's key is a name in start, call, cast, send, stop, monitor and whereis") {
  for (const int partitions : {1, 8}) {
    sim::in_all_worlds([partitions]() -> task<> {
      auto r = co_await rooms::start_link({.keys = unique, .name = "r", .partitions = partitions});
      const via lobby(r, "lobby");
      CHECK(!whereis(lobby));
      auto c = co_await start<counter>({.registry_name = &lobby}, 40);
      CHECK(whereis(lobby) == c.process());
      CHECK(r.lookup("lobby") == std::vector<rooms::registration>{{c.process(), 0}});
      cast<counter::add>(lobby, 2);
      auto sum = co_await call<counter::total>(lobby);
      CHECK(sum == 42);
      const named<counter> by_name(lobby);
      auto same = co_await by_name.call<counter::total>();
      CHECK(same == 42);
      auto taken = co_await try_start<counter>({.registry_name = &lobby}, 0);
      CHECK(taken.reason().value() == tuple(atom("already_started"), c.process()));
      send(lobby, atom("reset"));
      sum = co_await call<counter::total>(via(r, "lobby"));
      CHECK(sum == -1);
      const auto ref = monitor(lobby);
      co_await stop(lobby);
      auto down = co_await receive<down_message>();
      CHECK(down.id == ref);
      CHECK(!whereis(lobby));
      CHECK(inspect(down.object()) == "{:via, Registry, {:r, \"lobby\"}}");
      auto nobody = co_await try_call<counter::total>(lobby);
      CHECK(inspect(nobody.reason()) ==
            "{:noproc, {:gen_server, :call, [{:via, Registry, {:r, \"lobby\"}}, :total, 5000]}}");
      cast<counter::add>(lobby, 1);
      CHECK_THROWS_AS(send(lobby, 1), argument_error);
      co_await stop_it(r);
    });
  }
}

TEST_CASE("R6 the value that a via has is registered with the name") {
  sim::in_all_worlds([]() -> task<> {
    auto r = co_await rooms::start_link({.keys = unique, .name = "r"});
    const via lobby(r, "lobby", 7);
    auto a = co_await agent<int>::start({.registry_name = &lobby}, 1);
    CHECK(r.lookup("lobby") == std::vector<rooms::registration>{{a.process(), 7}});
    CHECK(inspect(destination(lobby).to_term()) == "{:via, Registry, {:r, \"lobby\", 7}}");
    co_await a.stop();
    // A start that fails leaves nothing behind.
    auto none = co_await try_start<failing>({.registry_name = &lobby});
    CHECK(none.reason().value() == term(atom("no")));
    CHECK(r.lookup("lobby").empty());
    co_await stop_it(r);
    auto floors = co_await registry<std::string, floor_number>::start_link(
        {.keys = unique, .name = "floors"});
    const via first(floors, "first", floor_number(1)), unknown(floors, "second");
    auto c = co_await start<counter>({.registry_name = &first}, 0);
    CHECK(floors.lookup("first")[0].value == floor_number(1));
    auto refused = co_await try_start<counter>({.registry_name = &unknown}, 0);
    CHECK(inspect(refused.reason()).find("have no default") != std::string::npos);
    co_await stop(c);
    co_await stop_it(floors);
  });
}

TEST_CASE("R6 agents are reached by a registry's key, whoever has it at the time") {
  sim::in_all_worlds([]() -> task<> {
    auto r = co_await rooms::start_link({.keys = unique, .name = "r"});
    const via lobby(r, "lobby");
    const auto by_key = agent<int>::named(lobby);
    CHECK(!by_key.process());
    const auto look = [](const int& n) { return n; };
    for (const int first : {1, 10}) {
      auto a = co_await agent<int>::start({.registry_name = &lobby}, first);
      CHECK(by_key.process() == a.process());
      co_await by_key.update([](int& n) { ++n; });
      by_key.cast([](int& n) { n *= 2; });
      auto n = co_await by_key.get(look);
      CHECK(n == 2 * (first + 1));
      auto taken = co_await attempt([](const via& name) -> task<> {
        auto starting = agent<int>::start({.registry_name = &name}, 0);
        co_await starting;
      }(lobby));
      CHECK(taken.reason().value() == tuple(atom("already_started"), a.process()));
      co_await by_key.stop();
      CHECK(!by_key.process());
    }
    auto nobody = co_await attempt(by_key.get(look));
    CHECK(inspect(nobody.reason())
              .find("{:noproc, {:gen_server, :call, [{:via, Registry, "
                    "{:r, \"lobby\"}}") == 0);
    co_await stop_it(r);
  });
}

TEST_CASE("R6 a task supervisor has a registry's key as its name, and is asked by it") {
  sim::in_all_worlds([]() -> task<> {
    auto r = co_await rooms::start_link({.keys = unique, .name = "r"});
    const via lobby(r, "lobby"), house(r, "house");
    const auto by_key = task_supervisor::named(lobby);
    CHECK(!by_key.process());
    auto s = co_await task_supervisor::start_link({.registry_name = &lobby});
    CHECK(by_key.process() == s.process());
    auto t = co_await by_key.async([] { return 42; });
    auto answer = co_await t.await();
    CHECK(answer == 42);
    auto child = co_await by_key.start_child([]() -> task<> { co_await receive<int>(); });
    auto all = co_await by_key.children();
    CHECK(std::count(all.begin(), all.end(), *child) == 1);
    auto squares = by_key.async_stream(std::vector{1, 2, 3}, [](int x) { return x * x; });
    int sum = 0;
    for (;;) {
      auto next = co_await squares.next();
      if (!next) break;
      sum += **next;
    }
    CHECK(sum == 14);
    auto ended = co_await by_key.terminate_child(*child);
    CHECK(ended);
    unlink(s.process());
    co_await by_key.stop();
    CHECK(!by_key.process());
    // As children: two of them in one supervisor, each with an id of its own, and found again.
    child_list children{task_supervisor::child_spec({.registry_name = &lobby}),
                        task_supervisor::child_spec({.registry_name = &house})};
    auto top = co_await supervisor::start_link(children, {.strategy = one_for_one});
    const pid first = by_key.process();
    beamish::exit(first, exit_reason::kill());
    while (!by_key.process() || by_key.process() == first) co_await beamish::sleep(1ms);
    auto again = co_await by_key.async([] { return 7; });
    answer = co_await again.await();
    CHECK(answer == 7);
    unlink(top.process());
    co_await stop(top);
    co_await stop_it(r);
  });
}

TEST_CASE("supervisors whose names are in a registry are children with ids of their own") {
  const auto id_of = [](const child_specification& spec) { return inspect(spec.id); };
  sim::in_all_worlds([&]() -> task<> {
    auto r = co_await rooms::start_link({.keys = unique, .name = "r"});
    const via lobby(r, "lobby");
    supervisor_options one_at_a_time{.strategy = one_for_one};
    one_at_a_time.registry_name = &lobby;
    const auto each = [](int) { return child_spec<counter>(0); };
    CHECK(id_of(supervisor::spec({}, one_at_a_time)) == "{:r, \"lobby\"}");
    CHECK(id_of(dynamic_supervisor::spec({.registry_name = &lobby})) == "{:r, \"lobby\"}");
    CHECK(id_of(task_supervisor::child_spec({.registry_name = &lobby})) == "{:r, \"lobby\"}");
    CHECK(id_of(partition_supervisor::spec({.registry_name = &lobby}, each)) == "{:r, \"lobby\"}");
    co_await stop_it(r);
  });
}

TEST_CASE("R6 children of supervisors have names of a registry, again when they start again") {
  sim::in_all_worlds([]() -> task<> {
    auto r = co_await rooms::start_link({.keys = unique, .name = "r"});
    const via lobby(r, "lobby", 7), house(r, "house");
    child_list children{child_spec<counter>({.id = "lobby", .registry_name = &lobby}, 40),
                        dynamic_supervisor::spec({.registry_name = &house})};
    auto top = co_await supervisor::start_link(children, {.strategy = one_for_one});
    const pid first = whereis(lobby);
    beamish::exit(first, exit_reason::kill());
    const auto back = [&] { return whereis(lobby) && whereis(lobby) != first; };
    while (!back()) co_await beamish::sleep(1ms);
    auto sum = co_await call<counter::total>(lobby);
    CHECK(sum == 40);
    CHECK(r.lookup("lobby")[0].value == 7);
    auto in_house = co_await dynamic_supervisor::named(house).start_child(child_spec<counter>(1));
    CHECK(in_house.ok());
    unlink(top.process());
    co_await stop(top);
    co_await stop_it(r);
  });
}

TEST_CASE("R7 a via of a registry with duplicate keys is an argument_error") {
  sim::in_all_worlds([]() -> task<> {
    auto r = co_await rooms::start_link({.keys = duplicate, .name = "r"});
    const via lobby(r, "lobby");
    CHECK_THROWS_AS(whereis(lobby), argument_error);
    CHECK_THROWS_AS(send(lobby, 1), argument_error);
    CHECK_THROWS_AS((void)call<counter::total>(lobby), argument_error);
    CHECK_THROWS_AS(lobby.target()->insert(self()), argument_error);
    CHECK_THROWS_AS(r.whereis("lobby"), argument_error);
    auto refused = co_await attempt([](const via& name) -> task<> {
      auto starting = start<counter>({.registry_name = &name}, 0);
      co_await starting;
    }(lobby));
    CHECK(refused.reason().exception()->what.find("unique keys") != std::string::npos);
    // As in OTP a cast succeeds whoever is there.
    cast<counter::add>(lobby, 1);
    co_await stop_it(r);
  });
}

TEST_CASE("R13 a via of a registry that isn't there is an argument_error, but for a cast") {
  sim::in_all_worlds([]() -> task<> {
    const via lobby(rooms::named("nope"), "lobby");
    CHECK_THROWS_AS(whereis(lobby), argument_error);
    CHECK_THROWS_AS((void)call<counter::total>(lobby), argument_error);
    cast<counter::add>(lobby, 1);
    co_return;
  });
}
