// SPDX-License-Identifier: Apache-2.0
//
// Several nodes in one program: links, monitors and exit signals between them, and what is left
// when one of them ends.
#include "beamish/runtime/node.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

task<> wait_for_ever() { co_await receive<int>(); }

task<> end_as_told() {
  auto why = co_await receive<term>();
  beamish::exit(std::move(why));
}

}  // namespace

TEST_CASE("links and monitors work between two nodes") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    trap_exits(true);
    const pid far = s.node("b@sim").spawn(end_as_told);
    CHECK(far.node != self().node);
    CHECK(alive(far));
    link(far);
    auto ref = monitor(far);
    send(far, term(tuple(atom("far"), 1)));
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    CHECK(down.reason.value() == tuple(atom("far"), 1));
    auto gone = co_await receive<exit_message>();
    CHECK(gone.from == far);
    const pid killed = s.node("b@sim").spawn(wait_for_ever);
    link(killed);
    beamish::exit(killed, exit_reason::kill());
    auto trapped = co_await receive<exit_message>();
    CHECK(trapped.reason.is("killed"));
  });
}

TEST_CASE("a process linked across nodes dies with its partner") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    const pid here = spawn(end_as_told);
    const pid far = s.node("b@sim").spawn(
        [](pid peer, pid owner) -> task<> {
          link(peer);
          co_await process_info(peer);  // behind the link
          send(owner, atom("linked"));
          co_await receive<int>();
        },
        here, self());
    co_await receive<atom>();
    auto ref = monitor(far);
    co_await process_info(far);  // behind the monitor
    send(here, term(atom("domino")));
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    CHECK(down.reason.is("domino"));
  });
}

TEST_CASE("the end of a node is told to all who were linked or monitored its processes") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    trap_exits(true);
    const pid far = s.node("b@sim").spawn(wait_for_ever);
    link(far);
    auto ref = monitor(far);
    co_await process_info(far);  // behind both
    s.stop("b@sim");
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    CHECK(down.reason.is("killed"));  // its process ended first, as at an orderly shutdown
    auto gone = co_await receive<exit_message>();
    CHECK(gone.from == far);
    CHECK(!alive(far));
  });
}

TEST_CASE("a link to and a monitor of a process on a lost node give noconnection") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    trap_exits(true);
    const pid far = s.node("b@sim").spawn(wait_for_ever);
    s.stop("b@sim");
    CHECK(!alive(far));
    auto by_pid = monitor(far);
    auto down = co_await receive<down_message>();
    CHECK(down.id == by_pid);
    CHECK(down.process == far);
    CHECK(down.reason.is("noconnection"));
    auto by_name = monitor(on_node("library", "b@sim"));
    down = co_await receive<down_message>();
    CHECK(down.id == by_name);
    CHECK(down.reason.is("noconnection"));
    link(far);
    auto gone = co_await receive<exit_message>();
    CHECK(gone.from == far);
    CHECK(gone.reason.is("noconnection"));
    send(far, 1);
    send(on_node("library", "b@sim"), 1);
    unlink(far);
  });
}

TEST_CASE("a pid of an earlier node of that name never reaches the new one") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    const pid old = s.node("b@sim").spawn(wait_for_ever);
    s.stop("b@sim");
    const pid fresh = s.node("b@sim").spawn(
        [](pid owner) -> task<> {
          auto got = co_await receive<std::string>();
          send(owner, got);
          auto stray = co_await receive<int>(0ms);
          CHECK(!stray);
        },
        self());
    CHECK(fresh != old);
    for (std::uint32_t serial = 0; serial < 4; ++serial) {
      for (std::uint32_t id = 1; id < 4; ++id) send(pid{old.node, id, serial}, 1);
    }
    beamish::exit(old, exit_reason::kill());
    CHECK(!alive(old));
    CHECK(alive(fresh));
    send(fresh, std::string("to the new one"));
    auto answer = co_await receive<std::string>();
    CHECK(answer == "to the new one");
  });
}

TEST_CASE("a timer reaches a process of another node, and is discarded when that has ended") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    const pid far = s.node("b@sim").spawn(
        [](pid owner) -> task<> {
          auto got = co_await receive<int>();
          send(owner, got + 1);
        },
        self());
    auto ref = monitor(far);
    send_after(1ms, far, 1);
    auto two = co_await receive<int>();
    CHECK(two == 2);
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    send_after(1ms, far, 1);
    co_await beamish::sleep(3ms);
  });
}

TEST_CASE("two nodes of one name can't live at once") {
  node first({.name = "same@test", .workers = 0});
  CHECK_THROWS_AS(node({.name = "same@test", .workers = 0}), std::invalid_argument);
  CHECK_THROWS_WITH(node({.name = "same@test", .workers = 0}), doctest::Contains("same@test"));
}
