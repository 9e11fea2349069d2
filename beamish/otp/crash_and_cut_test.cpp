// SPDX-License-Identifier: Apache-2.0
//
// Nodes that crash, and the ways between nodes that are cut.
#include <doctest/doctest.h>

#include "beamish/beamish.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct ping {
  pid from;
};
struct pong {};

task<> answer_for_ever() {
  for (;;) {
    ping p = co_await receive<ping>();
    send(p.from, pong{});
  }
}

struct clerk : gen_server<clerk> {
  struct ask {
    using reply = int;
  };
  struct think {
    using reply = int;
  };
  using messages = accepts<ask, think>;
  int handle_call(ask&) { return 42; }
  task<int> handle_call(think&) {
    co_await beamish::sleep(10s);
    co_return 43;
  }
};

void boot_clerk(beamish::node& n) {
  n.spawn([]() -> task<> {
    auto c = co_await start<clerk>({.name = "clerk"});
    monitor(c);
    co_await receive<down_message>();
  });
}

const on_node far_clerk("clerk", "b@sim");

template <class Body>
void in_many(Body body, const sim::faults& f = {}, std::uint64_t seeds = 100) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const sim::verdict v =
        sim::run_in_simulation(sim::launcher_of(body), {.leftovers = true, .faults = f}, seed);
    REQUIRE(v.text() == "");
  }
}

}  // namespace

TEST_CASE("a node that crashes is seen as a lost connection, by links, monitors and calls") {
  in_many([](sim::world& w) -> task<> {
    trap_exits(true);
    const pid linked = w.node("b@sim").spawn(answer_for_ever);
    const pid watched = w.node("b@sim").spawn(answer_for_ever);
    link(linked);
    const reference id = monitor(watched);
    send(watched, ping{self()});
    co_await receive<pong>();
    w.crash("b@sim", 0s);
    auto down = co_await receive<down_message>();
    w.require(down.id == id && down.reason == exit_reason::noconnection(), "DOWN");
    auto gone = co_await receive<exit_message>();
    w.require(gone.from == linked && gone.reason == exit_reason::noconnection(), "EXIT");
    send(watched, ping{self()});
    auto late = co_await receive<pong, down_message, exit_message>(1s);
    w.require(!late.has_value(), "nothing comes from there any more");
  });
}

// Its record was freed while the DOWN was under way: AddressSanitizer sees it.
TEST_CASE("a demonitor that has arrived when the node crashes says nothing twice") {
  in_many(
      [](sim::world& w) -> task<> {
        const pid far = w.node("b@sim").spawn(answer_for_ever);
        const reference id = monitor(far);
        co_await beamish::sleep(1ms);
        demonitor(id);
        for (std::uint32_t i = w.pick(4); i > 0; --i) {
          send(self(), pong{});
          co_await receive<pong>();
        }
        w.crash("b@sim", 0s);
        auto down = co_await receive<down_message>(1s);
        w.require(!down, "no DOWN after demonitor");
      },
      {}, 300);
}

TEST_CASE("a call whose server's node crashes fails with noconnection") {
  in_many([](sim::world& w) -> task<> {
    w.boot("b@sim", boot_clerk);
    co_await beamish::sleep(1s);
    const pid me = self();
    spawn([me]() -> task<> {
      auto n = co_await try_call<clerk::think>(within(infinity), far_clerk);
      send(me, inspect(n.reason()));
    });
    co_await beamish::sleep(1s);
    w.crash("b@sim", 1h);
    auto why = co_await receive<std::string>();
    w.require(why.find("noconnection") != std::string::npos, why);
  });
}

TEST_CASE("a booted node comes back after its crash, as a new node of that name") {
  in_many([](sim::world& w) -> task<> {
    w.boot("b@sim", boot_clerk);
    co_await beamish::sleep(1s);
    const int before = co_await call<clerk::ask>(far_clerk);
    w.crash("b@sim", 10s);
    co_await beamish::sleep(1s);
    auto gone = co_await try_call<clerk::ask>(far_clerk);
    co_await beamish::sleep(10s);
    const int after = co_await call<clerk::ask>(far_clerk);
    w.require(before == 42 && !gone && after == 42, "it was gone for a while");
  });
}

TEST_CASE("a short cut delays, in order; nobody hears of it") {
  in_many([](sim::world& w) -> task<> {
    const pid far = w.node("b@sim").spawn(answer_for_ever);
    monitor(far);
    w.cut("a@sim", "b@sim", 30s);
    send(far, ping{self()});
    auto soon = co_await receive<pong, down_message>(29s);
    w.require(!soon, "nothing passes");
    auto later = co_await receive<pong, down_message>(2s);
    w.require(later && std::holds_alternative<pong>(*later), "then the answer comes");
  });
}

TEST_CASE("a cut of a minute ends the connection, on both sides, and loses what was under way") {
  in_many([](sim::world& w) -> task<> {
    const pid me = self();
    const pid far = w.node("b@sim").spawn([me]() -> task<> {
      monitor(me);
      down_message d = co_await receive<down_message>();
      co_await beamish::sleep(1h);
      send(me, d.reason);
    });
    const pid other = w.node("b@sim").spawn(answer_for_ever);
    const reference id = monitor(far);
    co_await beamish::sleep(1s);
    w.cut("a@sim", "b@sim", 2min);
    send(other, ping{self()});
    auto down = co_await receive<down_message>();
    w.require(down.id == id && down.reason == exit_reason::noconnection(), "DOWN here");
    auto there = co_await receive<exit_reason>();
    w.require(there == exit_reason::noconnection(), "DOWN there");
    auto lost = co_await receive<pong>(1h);
    w.require(!lost, "the message is lost");
    send(other, ping{self()});
    co_await receive<pong>();
    w.require(alive(other), "and they meet again");
  });
}

TEST_CASE("crashes and cuts by chance: each monitor tells once, and in the end all is well again") {
  const auto body = [](sim::world& w) -> task<> {
    w.boot("b@sim", boot_clerk);
    for (int i = 0; i < 10; ++i) {
      const reference id = monitor(far_clerk);
      auto n = co_await try_call<clerk::ask>(far_clerk);
      w.require(!n || *n == 42, "an answer is the right one");
      co_await beamish::sleep(1s);
      demonitor(id, true);
      const auto stray = co_await receive<down_message>(0s);
      w.require(!stray, "a flushed monitor says nothing");
    }
    w.calm();
    co_await beamish::sleep(5min);
    const int last = co_await call<clerk::ask>(far_clerk);
    w.require(last == 42, "the clerk is back");
  };
  in_many(body, sim::faults().crash_nodes(0.02, 30s).cut_nodes(0.02, 3min), 300);
}
