// SPDX-License-Identifier: Apache-2.0
//
// Monitors: exactly one DOWN for each, or none after demonitor.
#include "beamish/runtime/process_info.hpp"
#include "beamish/runtime/relations.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

task<> end_when_told() { co_await receive<int>(); }

task<> end_as_told() {
  auto why = co_await receive<term>();
  beamish::exit(std::move(why));
}

}  // namespace

TEST_CASE("P16 a monitor of a dead process gives DOWN with noproc") {
  sim::in_all_worlds([]() -> task<> {
    auto dead = spawn_monitor([] {});
    auto first = co_await receive<down_message>();
    CHECK(first.reason.is_normal());
    auto ref = monitor(dead.process);
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    CHECK(down.process == dead.process);
    CHECK(down.reason.is("noproc"));
  });
}

TEST_CASE("P17 monitors count by reference: two of them give two DOWN") {
  sim::in_all_worlds([]() -> task<> {
    const pid peer = spawn(end_when_told);
    auto one = monitor(peer);
    auto two = monitor(peer);
    CHECK(one != two);
    send(peer, 1);
    auto first = co_await receive<down_message>();
    auto second = co_await receive<down_message>();
    CHECK(first.id != second.id);
    CHECK((first.id == one || first.id == two));
    CHECK((second.id == one || second.id == two));
  });
}

TEST_CASE("P18 a monitor goes one way and harms nobody") {
  sim::in_all_worlds([]() -> task<> {
    const pid watched = spawn(end_as_told);
    // The watcher dies: nothing happens to the watched.
    auto watcher = spawn_monitor(
        [](pid p) {
          monitor(p);
          beamish::exit(term(atom("watcher crashed")));
        },
        watched);
    auto down = co_await receive<down_message>();
    CHECK(down.id == watcher.id);
    CHECK(alive(watched));
    // The watched dies badly: this watcher, which does not trap exits, only gets a message.
    auto ref = monitor(watched);
    send(watched, term(atom("bad")));
    auto told = co_await receive<down_message>();
    CHECK(told.id == ref);
    CHECK(told.reason.is("bad"));
  });
}

TEST_CASE("P19 demonitor with flush takes back a DOWN that has already come") {
  sim::in_all_worlds([]() -> task<> {
    auto dead = spawn_monitor([] {});
    co_await receive_if<down_message>([&](const down_message& d) { return d.id == dead.id; });
    auto ref = monitor(dead.process);
    // A second DOWN, waited for last, shows that the first lies in the queue.
    auto other = monitor(dead.process);
    co_await receive_if<down_message>([&](const down_message& d) { return d.id == other; });
    CHECK(demonitor(ref, true) == false);
    auto nothing = co_await receive<down_message>(20ms);
    CHECK(!nothing);
  });
}

TEST_CASE(
    "demonitor without flush keeps a DOWN that has already come, and stops one that has not") {
  sim::in_all_worlds([]() -> task<> {
    auto dead = spawn_monitor([] {});
    co_await receive<down_message>();
    auto ref = monitor(dead.process);
    auto other = monitor(dead.process);
    co_await receive_if<down_message>([&](const down_message& d) { return d.id == other; });
    CHECK(demonitor(ref) == false);  // it came before
    auto kept = co_await receive<down_message>();
    CHECK(kept.id == ref);
    // Not delivered yet: never delivered.
    const pid peer = spawn(end_when_told);
    auto stopped = monitor(peer);
    auto counted = monitor(peer);
    send(peer, 1);
    CHECK(demonitor(stopped) == true);
    auto down = co_await receive<down_message>();
    CHECK(down.id == counted);
    auto nothing = co_await receive<down_message>(20ms);
    CHECK(!nothing);
  });
}

TEST_CASE("P20 a monitor by name reports the name and the node") {
  sim::in_all_worlds([]() -> task<> {
    const pid peer = spawn(end_when_told);
    register_name("library", peer);
    auto ref = monitor("library");
    auto far = monitor(on_node("library", node_name()));
    send(peer, 1);
    for (int i = 0; i < 2; ++i) {
      auto down = co_await receive<down_message>();
      CHECK((down.id == ref || down.id == far));
      CHECK(down.object() == tuple(atom("library"), atom(node_name())));
      CHECK(down.reason.is_normal());
    }
    auto nobody = monitor("library");
    auto none = co_await receive<down_message>();
    CHECK(none.id == nobody);
    CHECK(none.object() == tuple(atom("library"), atom(node_name())));
    CHECK(none.reason.is("noproc"));
  });
}

TEST_CASE("P21 what a process sent before it died arrives before its DOWN and EXIT") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    const pid peer = spawn_link(
        [](pid owner) -> task<> {
          co_await receive<int>();
          for (int i = 0; i < 10; ++i) send(owner, i);
          beamish::exit(term(atom("done")));
        },
        self());
    auto ref = monitor(peer);
    send(peer, 1);
    for (int i = 0; i < 10; ++i) {
      auto next = co_await receive<int, down_message, exit_message>();
      REQUIRE(std::holds_alternative<int>(next));
      CHECK(std::get<int>(next) == i);
    }
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    auto gone = co_await receive<exit_message>();
    CHECK(gone.from == peer);
  });
}

TEST_CASE("P21 messages to a dying process's watcher keep their order across its links") {
  sim::in_all_worlds([]() -> task<> {
    auto peer = spawn_monitor([](pid owner) { send(owner, 1); }, self());
    auto first = co_await receive<int, down_message>();
    CHECK(std::holds_alternative<int>(first));
    auto second = co_await receive<down_message>();
    CHECK(second.id == peer.id);
  });
}

TEST_CASE("a process may monitor itself without any effect") {
  sim::in_all_worlds([]() -> task<> {
    auto peer = spawn_monitor([]() -> task<> {
      const reference id = monitor(self());
      auto picture = co_await process_info(self());
      CHECK(picture->monitors.empty());
      CHECK(!demonitor(id));
      // It is no alias, either.
      send(monitor(self(), alias_kind::explicit_unalias), 1);
      auto message = co_await receive<int, down_message>(5ms);
      CHECK(!message);
    });
    auto down = co_await receive<down_message>();
    CHECK(down.id == peer.id);
    CHECK(down.reason.is_normal());
  });
}

TEST_CASE("a monitor that ends with its watcher leaves nothing with the watched") {
  sim::in_all_worlds([]() -> task<> {
    const pid watched = spawn(end_when_told);
    auto watcher = spawn_monitor(
        [](pid p) -> task<> {
          monitor(p);
          auto picture = co_await process_info(p);
          CHECK(picture->monitored_by == std::vector<pid>{self()});
        },
        watched);
    auto down = co_await receive<down_message>();
    CHECK(down.id == watcher.id);
    // Its farewell may still be under way.
    for (bool left = true; left;) {
      auto picture = co_await process_info(watched);
      REQUIRE(picture.has_value());
      left = !picture->monitored_by.empty();
    }
    send(watched, 1);
  });
}

TEST_CASE("what is sent behind an exit signal finds no process any more") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto victim = spawn_monitor(end_when_told);
    beamish::exit(victim.process, exit_reason::kill());
    auto late = monitor(victim.process);
    link(victim.process);
    auto first =
        co_await receive_if<down_message>([&](const down_message& d) { return d.id == victim.id; });
    CHECK(first.reason.is("killed"));
    auto second = co_await receive<down_message>();
    CHECK(second.id == late);
    CHECK(second.reason.is("noproc"));
    auto trapped = co_await receive<exit_message>();
    CHECK(trapped.reason.is("noproc"));
  });
}
