// SPDX-License-Identifier: Apache-2.0
//
// Names that a registry holds, in all functions that take a name.
#include "beamish/otp/agent.hpp"
#include "beamish/otp/dynamic_supervisor.hpp"
#include "beamish/otp/registry.hpp"
#include "beamish/otp/sys.hpp"
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
