// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/task.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

task<int> twice(int x) { co_return 2 * x; }

task<std::unique_ptr<int>> made_later(int x) {
  co_await beamish::sleep(1ms);
  co_return std::make_unique<int>(x);
}

task<int> sum_to(int n) {
  if (n == 0) co_return 0;
  auto below = co_await sum_to(n - 1);
  co_return below + n;
}

task<int> broken(bool after_waiting) {
  if (after_waiting) co_await beamish::sleep(0ms);
  throw std::runtime_error("broken");
}

// Writes its letter where it is destroyed.
struct mark {
  mark(std::string* out, char letter) : out_(out), letter_(letter) {}
  ~mark() { out_->push_back(letter_); }
  std::string* out_;
  char letter_;
};

task<> inner(std::string* out) {
  mark m(out, 'i');
  try {
    co_await receive<int>();
  } catch (...) {
    out->push_back('!');  // handlers don't run for a kill
  }
}
task<> middle(std::string* out) {
  mark m(out, 'm');
  co_await inner(out);
}
task<> outer(std::string* out, pid owner) {
  mark m(out, 'o');
  send(owner, atom("started"));
  co_await middle(out);
}

}  // namespace

TEST_CASE("a task gives its value to who awaits it") {
  sim::in_all_worlds([]() -> task<> {
    auto four = co_await twice(2);
    CHECK(four == 4);
    auto later = co_await made_later(7);
    CHECK(*later == 7);
    auto named = twice(5);
    int ten = co_await std::move(named);
    CHECK(ten == 10);
  });
}

TEST_CASE("a task gives its exception to who awaits it") {
  sim::in_all_worlds([]() -> task<> {
    int caught = 0;
    for (bool after_waiting : {false, true}) {
      try {
        co_await broken(after_waiting);
      } catch (const std::runtime_error& e) {
        CHECK(std::string(e.what()) == "broken");
        ++caught;
      }
    }
    CHECK(caught == 2);
  });
}

TEST_CASE("tasks nest thirty thousand deep") {
  sim::in_real_world([]() -> task<> {
    constexpr int deep = 30'000;
    auto sum = co_await sum_to(deep);
    CHECK(sum == deep / 2 * (deep + 1));
  });
}

TEST_CASE("a loop of a million awaits needs no stack") {
  sim::in_real_world([]() -> task<> {
    std::int64_t sum = 0;
    for (int i = 0; i < 1'000'000; ++i) {
      auto x = co_await twice(i);
      sum += x;
    }
    CHECK(sum == std::int64_t{999'999} * 1'000'000);
  });
}

TEST_CASE("a kill destroys the frames at the point where they wait, innermost first") {
  sim::in_all_worlds([]() -> task<> {
    auto out = std::make_unique<std::string>();
    auto victim = spawn_monitor(outer, out.get(), self());
    co_await receive<atom>();
    beamish::exit(victim.process, exit_reason::kill());
    co_await receive<down_message>();
    CHECK(*out == "imo");
  });
}

TEST_CASE("a task that is never awaited runs not at all, and leaves nothing") {
  sim::in_all_worlds([]() -> task<> {
    std::string out;
    {
      auto never = inner(&out);
      auto other = std::move(never);
    }
    CHECK(out.empty());
    co_return;
  });
}

TEST_CASE("a destructor that runs in a killed process may still send") {
  sim::in_all_worlds([]() -> task<> {
    struct farewell {
      pid to;
      explicit farewell(pid p) : to(p) {}
      ~farewell() { send(to, self()); }
    };
    auto victim = spawn_monitor(
        [](pid owner) -> task<> {
          farewell f(owner);
          send(owner, atom("started"));
          co_await receive<int>();
        },
        self());
    co_await receive<atom>();
    beamish::exit(victim.process, exit_reason::kill());
    auto last = co_await receive<pid, down_message>();
    REQUIRE(std::holds_alternative<pid>(last));
    CHECK(std::get<pid>(last) == victim.process);
    co_await receive<down_message>();
  });
}
