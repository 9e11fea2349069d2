// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/alias.hpp"

#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

task<> answer_twice() {
  auto to = co_await receive<reference>();
  send(to, 1);
  send(to, 2);
}

task<> answer_and_wait() {
  auto to = co_await receive<reference>();
  send(to, 1);
  co_await receive<atom>();
}

}  // namespace

TEST_CASE("P28 a message by an alias arrives until it is taken back") {
  sim::in_all_worlds([]() -> task<> {
    const reference me = alias();
    auto peer = spawn_monitor(answer_twice);
    send(peer.process, me);
    auto one = co_await receive<int>();
    auto two = co_await receive<int>();
    CHECK(one == 1);
    CHECK(two == 2);
    CHECK(unalias(me) == true);
    CHECK(unalias(me) == false);
    send(me, 3);
    auto third = co_await receive<int>(1ms);
    CHECK(!third);
    co_await receive<down_message>();
  });
}

TEST_CASE("P28 what was sent by an alias and not received before unalias is dropped") {
  sim::in_all_worlds([]() -> task<> {
    const reference me = alias();
    send(me, 1);
    CHECK(unalias(me));
    auto none = co_await receive<int>(1ms);
    CHECK(!none);
  });
}

TEST_CASE("P28 an alias of kind reply ends with the first message by it") {
  sim::in_all_worlds([]() -> task<> {
    const reference me = alias(alias_kind::reply);
    auto peer = spawn_monitor(answer_twice);
    send(peer.process, me);
    auto down = co_await receive<down_message>();
    CHECK(down.id == peer.id);
    auto one = co_await receive<int>(0ms);
    CHECK(one == 1);
    auto two = co_await receive<int>(1ms);
    CHECK(!two);
    CHECK(unalias(me) == false);
  });
}

TEST_CASE("P28 an alias that belongs to no monitor is not ended by demonitor") {
  sim::in_all_worlds([]() -> task<> {
    for (const alias_kind kind : {alias_kind::explicit_unalias, alias_kind::reply}) {
      const reference a = alias(kind);
      CHECK(!demonitor(a));
      CHECK(!demonitor(a, true));
      send(a, 1);
      auto got = co_await receive<int>();
      CHECK(got == 1);
    }
  });
}

TEST_CASE("P29 demonitor of another process's reference leaves one's own aliases alone") {
  sim::in_all_worlds([]() -> task<> {
    const pid peer = spawn(
        [](pid to) -> task<> {
          const reference its = monitor(to, alias_kind::demonitor);
          send(to, its);
          co_await receive<atom>();
        },
        self());
    const reference mine = monitor(peer, alias_kind::demonitor);
    auto its = co_await receive<reference>();
    CHECK(its != mine);
    CHECK(!demonitor(its));
    send(mine, 1);
    auto got = co_await receive<int>(1ms);
    CHECK(got.has_value());
    CHECK(demonitor(mine));
    send(peer, atom("end"));
  });
}

TEST_CASE("an alias of a kind that needs a monitor says so, and the other way round") {
  sim::in_all_worlds([]() -> task<> {
    CHECK_THROWS_WITH_AS(alias(alias_kind::demonitor), doctest::Contains("monitor()"),
                         argument_error);
    CHECK_THROWS_WITH_AS(alias(alias_kind::reply_demonitor), doctest::Contains("monitor()"),
                         argument_error);
    const pid peer = spawn([] {});
    CHECK_THROWS_WITH_AS(monitor(peer, alias_kind::reply), doctest::Contains("reply_demonitor"),
                         argument_error);
    co_return;
  });
}

TEST_CASE("P28 only its owner can take an alias back, and it ends with its owner") {
  sim::in_all_worlds([]() -> task<> {
    const reference mine = alias();
    auto other = spawn_monitor(
        [](pid owner, reference foreign) {
          CHECK(unalias(foreign) == false);
          send(owner, alias());
        },
        self(), mine);
    auto theirs = co_await receive<reference>();
    auto down = co_await receive<down_message>();
    CHECK(down.id == other.id);
    send(theirs, 1);
    send(mine, 2);
    auto got = co_await receive<int>();
    CHECK(got == 2);
    // References that never were an alias, of a living owner and of nobody.
    send(make_reference(), 3);
    send(reference{}, 4);
    auto none = co_await receive<int>(1ms);
    CHECK(!none);
  });
}

TEST_CASE("P28 a timer to an alias counts only while the alias does") {
  sim::in_all_worlds([]() -> task<> {
    const reference gone = alias();
    const reference kept = alias();
    send_after(1ms, gone, 1);
    send_after(2ms, kept, 2);
    unalias(gone);
    auto got = co_await receive<int>();
    CHECK(got == 2);
    auto none = co_await receive<int>(1ms);
    CHECK(!none);
  });
}

TEST_CASE("P29 with reply_demonitor the reply ends the monitor: no DOWN follows") {
  sim::in_all_worlds([]() -> task<> {
    const pid peer = spawn(answer_and_wait);
    const reference both = monitor(peer, alias_kind::reply_demonitor);
    const reference plain = monitor(peer);
    send(peer, both);
    auto reply = co_await receive<int>();
    CHECK(reply == 1);
    send(peer, atom("end"));
    auto down = co_await receive<down_message>();
    CHECK(down.id == plain);
    auto second = co_await receive<down_message>(1ms);
    CHECK(!second);
    CHECK(demonitor(both) == false);
    // The alias has ended, too.
    send(both, 2);
    auto late = co_await receive<int>(1ms);
    CHECK(!late);
  });
}

TEST_CASE("P29 with reply_demonitor a death without reply gives the DOWN and ends the alias") {
  sim::in_all_worlds([]() -> task<> {
    const pid peer = spawn([]() -> task<> { co_await receive<atom>(); });
    const reference both = monitor(peer, alias_kind::reply_demonitor);
    send(peer, atom("end"));
    auto down = co_await receive<down_message>();
    CHECK(down.id == both);
    send(both, 1);
    auto late = co_await receive<int>(1ms);
    CHECK(!late);
  });
}

TEST_CASE("P29 demonitor ends the alias of its monitor, too") {
  sim::in_all_worlds([]() -> task<> {
    const pid peer = spawn([]() -> task<> { co_await receive<atom>(); });
    const reference both = monitor(peer, alias_kind::demonitor);
    send(both, 1);
    auto one = co_await receive<int>();
    CHECK(one == 1);
    CHECK(demonitor(both));
    send(both, 2);
    auto two = co_await receive<int>(1ms);
    CHECK(!two);
    send(peer, atom("end"));
  });
}

TEST_CASE("P29 an explicit alias outlives its monitor, until unalias") {
  sim::in_all_worlds([]() -> task<> {
    const pid peer = spawn([]() -> task<> { co_await receive<atom>(); });
    const reference first = monitor(peer, alias_kind::explicit_unalias);
    CHECK(demonitor(first));
    send(first, 1);
    auto one = co_await receive<int>();
    CHECK(one == 1);
    const reference second = monitor(peer, alias_kind::explicit_unalias);
    send(peer, atom("end"));
    auto down = co_await receive<down_message>();
    CHECK(down.id == second);
    send(second, 2);
    auto two = co_await receive<int>();
    CHECK(two == 2);
    CHECK(unalias(first));
    CHECK(unalias(second));
    send(second, 3);
    auto three = co_await receive<int>(1ms);
    CHECK(!three);
  });
}
