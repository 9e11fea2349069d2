// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/batons.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "beamish/runtime/atomics.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/simulation.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

// Counts without a lock: only the baton keeps these apart.
struct unlocked {
  int inside = 0;
  int most = 0;
  std::string order;
  void pass(char who) {
    ++inside;
    most = std::max(most, inside);
    order += who;
    --inside;
  }
};

}  // namespace

TEST_CASE("thread bodies run one at a time, in an order that the seed decides") {
  std::set<std::string> orders;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    unlocked shared;
    std::string first_trace;
    for (int twice = 0; twice < 2; ++twice) {
      shared.order.clear();
      sim::simulation s({.seed = seed, .keeps_trace = true});
      s.node("a@sim").spawn([&] {
        for (char who : {'a', 'b', 'c'}) {
          spawn_thread([&shared, who] {
            for (int i = 0; i < 3; ++i) {
              shared.pass(who);
              sleep_blocking(0ms);
              send(self(), i);
              receive_blocking<int>();
            }
          });
        }
      });
      REQUIRE(s.run() == sim::outcome::ended);
      if (twice == 0) first_trace = s.trace().text();
      REQUIRE(s.trace().text() == first_trace);
    }
    CHECK(shared.most == 1);
    CHECK(shared.order.size() == 9);
    orders.insert(shared.order);
  }
  CHECK(orders.size() > 5);
}

TEST_CASE("a thread body's sleep and its timeouts are virtual") {
  sim::simulation s(1);
  std::chrono::nanoseconds woke{0}, gave_up{0};
  s.node("a@sim").spawn([&] {
    spawn_thread([&] {
      sleep_blocking(1h);
      woke = now();
      const std::optional<int> nothing = receive_blocking<int>(2h);
      CHECK(!nothing);
      gave_up = now();
    });
  });
  CHECK(s.run() == sim::outcome::ended);
  CHECK(woke == 1h);
  CHECK(gave_up == 3h);
}

TEST_CASE("messages and monitors work between a thread body and others") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    sim::simulation s(seed);
    bool done = false;
    s.node("a@sim").spawn([&]() -> task<> {
      auto [thread, id] = spawn_thread_monitor([] {
        for (int i = 0; i < 3; ++i) {
          pid from = receive_blocking<pid>();
          send(from, i);
        }
      });
      for (int i = 0; i < 3; ++i) {
        send(thread, self());
        int got = co_await receive<int>();
        REQUIRE(got == i);
      }
      down_message down = co_await receive<down_message>();
      CHECK(down.id == id);
      CHECK(down.reason.is_normal());
      done = true;
    });
    REQUIRE(s.run() == sim::outcome::ended);
    CHECK(done);
  }
}

TEST_CASE("a killed thread body is woken, unwinds, and is joined") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    bool unwound = false;
    struct flag {
      bool* set;
      ~flag() { *set = true; }
    };
    sim::simulation s(seed);
    s.node("a@sim").spawn([&]() -> task<> {
      const pid thread = spawn_thread([&unwound] {
        flag f{&unwound};
        receive_blocking<int>();
      });
      co_await beamish::sleep(1ms);
      beamish::exit(thread, exit_reason::kill());
    });
    CHECK(s.run() == sim::outcome::ended);
    CHECK(unwound);
  }
}

TEST_CASE("thread bodies that still wait when the world ends are ended with it") {
  bool unwound = false;
  struct flag {
    bool* set;
    ~flag() { *set = true; }
  };
  {
    sim::simulation s(1);
    s.node("a@sim").spawn([&] {
      spawn_thread([&] {
        flag f{&unwound};
        receive_blocking<int>();
      });
    });
    CHECK(s.run() == sim::outcome::quiet);
  }
  CHECK(unwound);
}

TEST_CASE("a thread that blocks outside the seam is reported") {
  std::string said;
  sim::simulation s(
      {.seed = 1,
       .log = {[](void* to, const log_entry& e) { *static_cast<std::string*>(to) += e.text; },
               &said}});
  s.node("a@sim").spawn([] {
    spawn_thread([] {
      // Something of the machine that nobody ends before the time is over.
      std::atomic<std::uint32_t> word{0};
      detail::std_atomics::futex_wait(word, 0, 400'000'000);
    });
  });
  CHECK(s.run() == sim::outcome::ended);
  CHECK(said.find("100 ms") != std::string::npos);
}
