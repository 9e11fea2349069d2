// SPDX-License-Identifier: Apache-2.0
//
// Scenarios whose traces are compared between compilers: with BEAMISH_TRACES=FILE this test writes
// a line `scenario seed hash` for each run into that file; `./test traces` compares the files.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/blocking.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/thread_body.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/simulation.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct token {
  int hops;
};
struct start {
  pid next;
};
struct work {
  pid from;
  int number;
};
struct done {
  int number;
};

task<> member() {
  start s = co_await receive<start>();
  for (;;) {
    token t = co_await receive<token>();
    send(s.next, token{t.hops - 1});
    if (t.hops <= 0) co_return;
  }
}

// Tokens chase each other around a ring.
task<> ring() {
  std::vector<pid> all;
  for (int i = 0; i < 5; ++i) all.push_back(spawn(member));
  for (std::size_t i = 0; i < all.size(); ++i) send(all[i], start{all[(i + 1) % all.size()]});
  for (int i = 0; i < 3; ++i) send(all[0], token{20 + i});
  co_await beamish::sleep(1s);
  for (pid p : all) beamish::exit(p, exit_reason::kill());
}

task<> worker(int crash_at) {
  for (;;) {
    work w = co_await receive<work>();
    if (w.number == crash_at) beamish::exit(exit_reason::shutdown());
    send(w.from, done{w.number});
  }
}

// Links and monitors over processes that end in every way, some of them at the same moment.
task<> family() {
  trap_exits(true);
  const pid first = spawn_link(worker, 3);
  const pid second = spawn_link(worker, 5);
  monitor(first);
  const reference id = monitor(second, alias_kind::reply_demonitor);
  for (int i = 0; i < 6; ++i) {
    send(first, work{self(), i});
    send(second, work{self(), i});
  }
  std::optional<done> d = co_await receive<done>(10ms);
  while (d) d = co_await receive<done>(10ms);
  co_await receive<exit_message>();
  demonitor(id, true);
  beamish::exit(second, exit_reason::kill());
  co_await receive<exit_message>();
  co_await receive<down_message>();
}

// Timers of one moment, cancelled ones, and receives that give up.
task<> timers() {
  std::vector<reference> all;
  for (int i = 0; i < 8; ++i) all.push_back(send_after(1ms * (i / 3), self(), done{i}));
  cancel_timer(all[4]);
  for (int i = 0; i < 7; ++i) {
    std::optional<done> d = co_await receive<done>(700us);
    while (!d) d = co_await receive<done>(700us);
  }
}

// Thread bodies and blocking functions beside coroutines.
task<> threads() {
  const pid me = self();
  for (int i = 0; i < 3; ++i) {
    spawn_thread([me, i] {
      for (int round = 0; round < 3; ++round) {
        sleep_blocking(10us * i);
        send(me, done{round});
      }
    });
  }
  auto job = blocking([] { return 1; });
  co_await job;
  for (int i = 0; i < 9; ++i) co_await receive<done>();
}

template <class Body>
std::string play(const char* scenario, Body body) {
  std::string lines;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    std::uint64_t hash = 0;
    for (int twice = 0; twice < 2; ++twice) {
      sim::simulation s(seed);
      s.node("a@sim").spawn(body);
      REQUIRE(s.run() == sim::outcome::ended);
      if (twice == 1) REQUIRE(s.trace_hash() == hash);
      hash = s.trace_hash();
    }
    lines += std::string(scenario) + " " + std::to_string(seed) + " " + std::to_string(hash) + "\n";
  }
  return lines;
}

}  // namespace

TEST_CASE("scenarios have the same trace each time, and with each compiler") {
  const std::string lines = play("ring", ring) + play("family", family) + play("timers", timers) +
                            play("threads", threads);
  if (const char* file = std::getenv("BEAMISH_TRACES")) std::ofstream(file) << lines;
}
