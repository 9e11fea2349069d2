// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/server.hpp"

#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct counter : gen_server<counter> {
  struct add {
    int value;
  };
  struct total {
    using reply = int;
  };
  using messages = accepts<add, total>;
  int sum = 0;
  void handle_cast(add& m) { sum += m.value; }
  int handle_call(total&) { return sum; }
};

struct one_entry {
  pid process;
  pid whereis_name(const term&) const { return process; }
  bool register_name(const term&, pid holder) {
    process = holder;
    return true;
  }
  void unregister_name(const term&) { process = pid{}; }
};

// Says what its process knows of itself.
struct introspective : gen_server<introspective> {
  struct look {
    using reply = std::vector<pid>;
  };
  using messages = accepts<look>;
  std::vector<pid> handle_call(look&) { return ancestors(); }
};

}  // namespace

TEST_CASE("a typed reference to a name means whoever has it at each use") {
  sim::in_all_worlds([]() -> task<> {
    const named<counter> shared("counter");
    CHECK(!shared.process());
    shared.cast<counter::add>(1);
    auto nobody = co_await shared.try_call<counter::total>();
    CHECK(nobody.reason().value().elements()[0] == term(atom("noproc")));
    auto first = co_await start<counter>({.name = "counter"});
    CHECK(shared.process() == first.process());
    shared.cast<counter::add>(2);
    const int two = co_await shared.call<counter::total>();
    CHECK(two == 2);
    co_await stop(shared);
    auto second = co_await start<counter>({.name = "counter"}, 40);
    const int forty = co_await shared.call<counter::total>(within(1s));
    CHECK(forty == 40);
    co_await stop(second);
  });
}

TEST_CASE("typed references work for {name, node} and via") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    place.node("b@sim").spawn([parent = self()]() -> task<> {
      auto s = co_await start<counter>({.name = "far"}, 7);
      send(parent, s.process());
    });
    const pid far_process = co_await receive<pid>();
    const named<counter> far(on_node("far", "b@sim"));
    CHECK(far.process() == far_process);
    const int seven = co_await far.call<counter::total>();
    CHECK(seven == 7);
    co_await stop(far);

    one_entry registry;
    const named<counter> registered(via(registry, atom("anything")));
    const via name(registry, atom("anything"));
    auto s = co_await start<counter>({.registry_name = &name}, 3);
    registered.cast<counter::add>(1);
    const int four = co_await registered.call<counter::total>();
    CHECK(four == 4);
    co_await stop(s);
  });
}

TEST_CASE("G50 a server knows its ancestors and its initial call") {
  sim::in_all_worlds([]() -> task<> {
    auto mother = spawn_monitor([grandmother = self()]() -> task<> {
      auto s = co_await start<introspective>();
      auto seen = co_await s.call<introspective::look>();
      CHECK(seen == std::vector<pid>{self(), grandmother});
      auto asked = process_info(s.process());
      auto info = co_await asked;
      CHECK(info->ancestors == seen);
      CHECK(info->initial_call == "introspective");
      co_await stop(s);
    });
    auto down = co_await receive<down_message>();
    CHECK(down.id == mother.id);
    CHECK(down.reason.is_normal());
  });
}
