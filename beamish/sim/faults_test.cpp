// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/faults.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

#include "beamish/runtime/clock.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/fault_state.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

std::uint64_t count(const sim::verdict& v, sim::fault f) {
  return v.faults[static_cast<std::size_t>(f)];
}

template <class Body>
sim::verdict play(Body body, std::uint64_t seed, const sim::faults& f, bool traced = false) {
  return sim::run_in_simulation(sim::launcher_of(body),
                                {.leftovers = true, .faults = f, .keeps_trace = traced}, seed);
}

// How often a fault happens in that many runs, all of which have to end well.
template <class Body>
std::uint64_t happened(Body body, const sim::faults& f, sim::fault which, std::uint64_t seeds) {
  std::uint64_t all = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const sim::verdict v = play(body, seed, f);
    CHECK(v.text() == "");
    all += count(v, which);
  }
  return all;
}

struct ping {
  pid from;
};
struct pong {
  int number;
};

task<> answer_for_ever() {
  for (int i = 0;; ++i) {
    ping p = co_await receive<ping>();
    send(p.from, pong{i});
  }
}

}  // namespace

TEST_CASE("a rate is a probability") {
  CHECK_THROWS_AS(sim::faults().kill_processes(1.5), std::invalid_argument);
  CHECK_THROWS_WITH(sim::faults().fail_syncs(-1),
                    "the rate of fail_sync is -1.000000; a probability is from 0 to 1");
  CHECK(!sim::faults().any());
  CHECK(!sim::faults().kill_processes(0).any());
  CHECK(sim::faults().jump_clock(0.1).any());
}

TEST_CASE("each run draws its own rates, of which some are zero") {
  int without = 0, few = 0, many = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    sim::oracle o(seed);
    sim::fault_state state(sim::faults().kill_processes(0.1));
    state.draw_rates(o);
    const double rate = state.rate(sim::fault::kill_process);
    CHECK(rate <= 0.1);
    if (rate == 0)
      ++without;
    else
      ++(rate < 0.01 ? few : many);
  }
  CHECK(without > 60);
  CHECK(few > 60);
  CHECK(many > 60);
}

TEST_CASE("a process may be killed at any step, but not the test's own nor a spared one") {
  const auto body = [](sim::world& w) -> task<> {
    const pid victim = spawn(answer_for_ever);
    const pid spared = spawn(answer_for_ever);
    w.spare(spared);
    const reference id = monitor(victim);
    bool down = false;
    for (int i = 0; i < 50; ++i) {
      send(victim, ping{self()});
      send(spared, ping{self()});
      co_await receive<pong>();
      auto seen = co_await receive<down_message>(0ms);
      if (!seen) continue;
      CHECK(seen->id == id);
      const bool before = seen->reason == exit_reason::noproc();
      w.require(before || seen->reason == exit_reason::killed(), "killed, or dead before");
      down = true;
    }
    w.require(alive(spared), "the spared one lives");
    if (!down) w.require(alive(victim) || w.seed() != 0, "whoever died was reported");
  };
  CHECK(happened(body, sim::faults().kill_processes(0.05), sim::fault::kill_process, 200) > 50);
}

TEST_CASE("without its fault a kind of trouble does not happen, and after calm none") {
  const auto body = [](sim::world& w) -> task<> {
    const pid other = spawn(answer_for_ever);
    w.calm();
    for (int i = 0; i < 50; ++i) {
      send(other, ping{self()});
      co_await receive<pong>();
    }
  };
  CHECK(happened(body, sim::faults().kill_processes(0.5), sim::fault::kill_process, 50) == 0);
  CHECK(happened(body, sim::faults(), sim::fault::kill_process, 5) == 0);
}

TEST_CASE("a delayed signal takes its time, and what follows it from there waits, too") {
  bool late = false, in_time = false;
  const auto body = [&](sim::world&) -> task<> {
    const pid me = self();
    spawn([me] {
      send(me, 1);
      send(me, 2);
    });
    const auto first = co_await receive<int>(100ms);
    if (first) CHECK(*first == 1);
    (first ? in_time : late) = true;
    if (!first) {
      const int one = co_await receive<int>();
      CHECK(one == 1);
    }
    const int two = co_await receive<int>();
    CHECK(two == 2);
  };
  CHECK(happened(body, sim::faults().delay_signals(0.3, 10s), sim::fault::delay_signal, 1000) > 20);
  CHECK(late);
  CHECK(in_time);
}

TEST_CASE("an allocation may fail: a send throws, and nothing is half done") {
  const auto body = [](sim::world& w) -> task<> {
    const pid me = self();
    trap_exits(true);
    spawn_link([me] {
      for (int i = 0; i < 20; ++i) send(me, pong{i});
    });
    int heard = 0;
    for (;;) {
      std::variant<pong, exit_message> m = co_await receive<pong, exit_message>();
      if (std::holds_alternative<exit_message>(m)) break;
      w.require(std::get<pong>(m).number == heard++, "no message is missing in between");
    }
  };
  CHECK(happened(body, sim::faults().fail_allocations(0.3), sim::fault::fail_allocation, 600) > 20);
}

TEST_CASE("the wall clock may jump: timers don't notice") {
  const auto body = [](sim::world& w) -> task<> {
    for (int i = 0; i < 20; ++i) {
      const auto begin = monotonic_time();
      co_await beamish::sleep(10ms);
      w.require(monotonic_time() - begin == 10ms, "ten milliseconds are ten");
    }
  };
  CHECK(happened(body, sim::faults().jump_clock(0.2), sim::fault::jump_clock, 50) > 20);
}

TEST_CASE("a slow node does the same, later") {
  std::chrono::nanoseconds slowest{};
  const auto body = [&](sim::world& w) -> task<> {
    const pid far = w.node("b@sim").spawn(answer_for_ever);
    const auto begin = monotonic_time();
    for (int i = 0; i < 20; ++i) {
      send(far, ping{self()});
      const pong p = co_await receive<pong>();
      w.require(p.number == i, "in order");
    }
    slowest = std::max(slowest, std::chrono::nanoseconds(monotonic_time() - begin));
  };
  CHECK(happened(body, sim::faults().slow_nodes(0.1, 1s), sim::fault::slow_node, 100) > 20);
  CHECK(slowest > 1ms);
}
