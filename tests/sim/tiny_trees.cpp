// SPDX-License-Identifier: Apache-2.0
//
// The smallest programs of servers, supervisors and registries in which something can go wrong: a
// failure of one is read in a minute. Of those called tiny every schedule is tried; the small ones
// have too many.
#include "tests/sim/family.hpp"

namespace {

// A child is killed as often as its supervisor bears, and once more, at the edge of the window or
// beyond it.
task<> tiny_restarts(sim::world& w) {
  trap_exits(true);
  const family::home h(w, self());
  const std::int64_t most = w.pick(2);
  // On real threads nobody knows when the supervisor looks at its clock.
  const duration period = w.simulated() ? duration(1ms) : duration(1min);
  const bool beyond = w.simulated() && most > 0 && w.pick(2) == 1;
  const auto shop = co_await supervisor::start_link(
      family::specs(h, 1), {.strategy = one_for_one, .max_restarts = most, .max_seconds = period});
  for (std::int64_t i = 0; i <= most; ++i) {
    const auto child = co_await receive<family::started>();
    if (i > 0 && w.simulated()) co_await beamish::sleep(beyond ? period + 1ns : period);
    beamish::exit(child.process, exit_reason::kill());
  }
  if (beyond) {
    const auto again = co_await receive<family::started>(help::a_while(w));
    w.require(again.has_value(), "it starts again");
    co_await stop(shop);
  }
  const auto end = co_await receive<exit_message>();
  w.require(end.reason.is(beyond ? "normal" : "shutdown"), "one restart too many ends it");
}

// A child that is told to stop says farewell by an exit signal, and takes its time to end.
task<> tiny_farewell(sim::world& w) {
  trap_exits(true);
  const family::home h(w);
  const auto shop = co_await dynamic_supervisor::start_link();
  auto starting = child_process(
      "guest",
      [](sim::roster there) -> task<> {
        const sim::roster::visit here(there, 0);
        trap_exits(true);
        co_await receive<exit_message>();
        beamish::exit(ancestors().front(), exit_reason(atom("farewell")));
        co_await beamish::sleep(10us);
      },
      h.there);
  starting.restart = restart_kind::temporary;
  auto child = co_await shop.start_child(starting);
  w.require(child.ok(), "it starts");
  co_await stop(shop);
  w.require(h.there.size() == 0, "none of its children is left");
  co_await receive<exit_message>();
}

struct notes : gen_server<notes> {
  struct note {
    int n;
  };
  struct read {
    using reply = std::vector<int>;
  };
  using messages = accepts<note, read>;
  std::shared_ptr<std::vector<int>> all;
  void init(std::shared_ptr<std::vector<int>> where) { all = std::move(where); }
  void handle_cast(note& m) { all->push_back(m.n); }
  std::vector<int> handle_call(read&) { return *all; }
};

// What was cast is handled before the stop that the same process asks for.
task<> tiny_cast_and_stop(sim::world& w) {
  auto all = std::make_shared<std::vector<int>>();
  const auto s = co_await start<notes>(all);
  for (int n = 0; n < 2; ++n) s.cast<notes::note>(n);
  co_await stop(s);
  w.require(*all == std::vector{0, 1}, "all casts, in order, and then the stop");
}

// A suspended server keeps what comes, and goes on with it.
task<> tiny_suspended(sim::world& w) {
  const auto s = co_await start<notes>(std::make_shared<std::vector<int>>());
  co_await sys::suspend(s);
  s.cast<notes::note>(1);
  co_await beamish::sleep(1us);  // it has arrived
  co_await sys::resume(s);
  co_await beamish::sleep(1us);
  s.cast<notes::note>(2);
  const auto all = co_await s.call<notes::read>();
  w.require(all == std::vector{1, 2}, "what came meanwhile, in order");
  co_await stop(s);
}

// Two servers that call each other: one of the calls ends, and both answer.
struct asks_the_other : gen_server<asks_the_other> {
  struct ask {
    using reply = bool;
    server<asks_the_other> other;
    bool again;
  };
  using messages = accepts<ask>;
  void init() {}
  task<bool> handle_call(ask& m) {
    if (!m.again) co_return true;
    auto got = co_await m.other.try_call<ask>(within(infinity), m.other, false);
    co_return got.ok();
  }
};

task<> small_cycle(sim::world& w) {
  const auto a = co_await start<asks_the_other>(), b = co_await start<asks_the_other>();
  const pid me = self();
  spawn([me, a, b]() -> task<> {
    const bool got = co_await b.call<asks_the_other::ask>(within(infinity), a, true);
    send(me, got);
  });
  const bool mine = co_await a.call<asks_the_other::ask>(within(infinity), b, true);
  const bool its = co_await receive<bool>();
  w.require(mine || its, "one of the two was answered");
  co_await stop(a);
  co_await stop(b);
}

// The key of a process that has ended is free for whoever has heard of the end.
task<> small_key(sim::world& w) {
  using rooms = registry<int>;
  const auto r = co_await rooms::start_link({.keys = unique, .name = "rooms", .partitions = 1});
  const auto holder = spawn_monitor([r]() -> task<> {
    const bool mine = r.register_key(1).ok();
    if (!mine) co_return;
    co_await receive<atom>();
  });
  beamish::exit(holder.process, exit_reason::kill());
  co_await help::down_of(holder.id);
  w.require(r.lookup(1).empty(), "nobody finds the dead");
  w.require(r.register_key(1).ok(), "its key is free");
  trap_exits(true);
  co_await stop(r.process());
}

}  // namespace

std::vector<sim::scenario> tiny_tree_scenarios() {
  return {
      {"tiny_restarts", "a child that is killed once too often, or not quite", tiny_restarts},
      {"tiny_farewell", "a child that sends its supervisor an exit", tiny_farewell},
      {"tiny_cast_and_stop", "casts, and then a stop", tiny_cast_and_stop},
      {"tiny_suspended", "a cast to a suspended server", tiny_suspended},
      {"small_cycle", "two servers that call each other", small_cycle},
      {"small_key", "a key whose holder is killed", small_key},
  };
}
