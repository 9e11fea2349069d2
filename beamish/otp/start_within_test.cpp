// SPDX-License-Identifier: Apache-2.0
// Children start within their supervisors: where that goes deep, and where an init waits.
#include <string>

#include "beamish/otp/dynamic_supervisor.hpp"
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/supervisor.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;

namespace {

struct leaf : gen_server<leaf> {};

// A supervisor of one supervisor of one ... of a leaf.
struct nest : supervisor_module {
  supervisor_init init(int depth) {
    if (depth == 0) return {{child_spec<leaf>({.name = "leaf"})}, {.strategy = one_for_one}};
    return {{child_spec<nest>(depth - 1)}, {.strategy = one_for_one}};
  }
};

struct asks {
  pid process;
};
struct go {};

struct patient : gen_server<patient> {
  task<> init(pid owner) {
    send(owner, asks{self()});
    co_await receive<go>();
  }
};

task<> let_go() {
  auto waiting = co_await receive<asks>();
  send(waiting.process, go{});
}

struct failing : gen_server<failing> {
  init_result init(int how) {
    if (how == 0) return ignore();
    if (how == 1) throw std::runtime_error("no luck");
    if (how == 2) beamish::exit(self(), exit_reason::kill());
    return stop_init(atom("no_room"));
  }
};

}  // namespace

TEST_CASE("supervisors start within each other, deeper than calls may go") {
  sim::in_all_worlds([]() -> task<> {
    auto top = co_await supervisor::start_link<nest>({}, 9);
    CHECK(alive(whereis("leaf")));
    co_await stop(top);
    CHECK_FALSE(alive(whereis("leaf")));
  });
}

TEST_CASE("a child whose init waits starts while others run, and its supervisor waits for it") {
  sim::in_all_worlds([]() -> task<> {
    auto shop = co_await dynamic_supervisor::start_link();
    for (int round = 0; round < 3; ++round) {
      const pid helper = spawn_link(let_go);
      auto started = co_await shop.start_child(child_spec<patient>(helper));
      CHECK(alive(*started));
    }
    auto counts = co_await shop.count_children();
    CHECK(counts.active == 3);
    co_await stop(shop);
  });
}

TEST_CASE(
    "a child whose init fails within its supervisor leaves nothing, and the next one starts") {
  sim::in_all_worlds([]() -> task<> {
    auto shop = co_await dynamic_supervisor::start_link();
    auto ignored = co_await shop.start_child(child_spec<failing>(0));
    CHECK(ignored.is_ignored());
    auto thrown = co_await shop.start_child(child_spec<failing>(1));
    CHECK(thrown.reason().exception()->what == "no luck");
    auto killed = co_await shop.start_child(child_spec<failing>(2));
    CHECK(killed.reason().is("killed"));
    auto refused = co_await shop.start_child(child_spec<failing>(3));
    CHECK(refused.reason().is("no_room"));
    auto started = co_await shop.start_child(child_spec<leaf>());
    CHECK(alive(*started));
    auto counts = co_await shop.count_children();
    CHECK(counts.specs == 1);
    co_await stop(shop);
  });
}
