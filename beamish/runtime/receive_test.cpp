// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/receive.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct request {
  int id;
};

// Whether it was destroyed as often as made.
struct counted {
  explicit counted(int* c) : count(c) { ++*count; }
  counted(counted&& other) noexcept : count(other.count) { ++*count; }
  counted(const counted& other) = delete;
  ~counted() { --*count; }
  int* count;
};

}  // namespace

TEST_CASE("P3 receive looks at the oldest message first and leaves the others in their order") {
  sim::in_all_worlds([]() -> task<> {
    send(self(), 1);
    send(self(), std::string("a"));
    send(self(), 2);
    send(self(), std::string("b"));
    send(self(), request{7});
    auto first_text = co_await receive<std::string>();
    CHECK(first_text == "a");
    auto seven = co_await receive_if<request>([](const request& r) { return r.id == 7; });
    CHECK(seven.id == 7);
    // What was passed over comes in its old order, whatever its type.
    auto next = co_await receive<std::string, int>();
    CHECK(std::get<int>(next) == 1);
    next = co_await receive<std::string, int>();
    CHECK(std::get<int>(next) == 2);
    next = co_await receive<std::string, int>();
    CHECK(std::get<std::string>(next) == "b");
  });
}

TEST_CASE("P3 what does not match stays queued while the process waits for something else") {
  sim::in_all_worlds([]() -> task<> {
    spawn(
        [](pid to) {
          for (int i = 0; i < 5; ++i) send(to, i);
          send(to, std::string("now"));
          send(to, 5);
        },
        self());
    auto now = co_await receive<std::string>();
    CHECK(now == "now");
    for (int i = 0; i < 6; ++i) {
      auto got = co_await receive<int>();
      CHECK(got == i);
    }
  });
}

TEST_CASE("P3 a predicate chooses among messages of one type") {
  sim::in_all_worlds([]() -> task<> {
    for (int i = 0; i < 10; ++i) send(self(), i);
    int wanted = 9;
    const auto is_wanted = [&](int i) { return i == wanted; };
    for (wanted = 9; wanted >= 0; --wanted) {
      auto got = co_await receive_if<int>(is_wanted);
      CHECK(got == wanted);
    }
    auto none = co_await receive_if<int>(1ms, is_wanted);
    CHECK(!none);
  });
}

TEST_CASE("P4 a timeout of zero still takes a message that has come") {
  sim::in_all_worlds([]() -> task<> {
    auto nothing = co_await receive<int>(0ms);
    CHECK(!nothing);
    send(self(), std::string("other"));
    send(self(), 5);
    auto there = co_await receive<int>(0ms);
    CHECK(there == 5);
    auto other = co_await receive<std::string, int>(0ms);
    REQUIRE(other.has_value());
    CHECK(std::get<std::string>(*other) == "other");
  });
}

TEST_CASE("P4 a receive that times out leaves the queue as it was") {
  sim::in_all_worlds([]() -> task<> {
    send(self(), 1);
    send(self(), 2);
    auto nothing = co_await receive<std::string>(2ms);
    CHECK(!nothing);
    auto one = co_await receive<int>(1ms);
    auto two = co_await receive<int>(1ms);
    CHECK(one == 1);
    CHECK(two == 2);
  });
}

TEST_CASE("a message that comes in time ends a wait with a timeout") {
  sim::in_all_worlds([]() -> task<> {
    spawn(
        [](pid to) -> task<> {
          co_await beamish::sleep(2ms);
          send(to, 1);
        },
        self());
    auto got = co_await receive<int>(1h);
    CHECK(got == 1);
    // Later waits have timeouts of their own, shorter and longer ones.
    auto none = co_await receive<int>(1ms);
    CHECK(!none);
    none = co_await receive<int>(3ms);
    CHECK(!none);
    send(self(), 2);
    auto last = co_await receive<int>(infinity);
    CHECK(last == 2);
  });
}

TEST_CASE("a timeout beyond the clock's end is no timeout") {
  sim::in_all_worlds([]() -> task<> {
    spawn(
        [](pid to) -> task<> {
          co_await beamish::sleep(1ms);
          send(to, 1);
        },
        self());
    auto got = co_await receive<int>(duration::max());
    CHECK(got == 1);
  });
}

TEST_CASE("sleep passes over messages and keeps them") {
  sim::in_all_worlds([]() -> task<> {
    send(self(), 1);
    co_await beamish::sleep(1ms);
    send(self(), 2);
    co_await beamish::sleep(0ms);
    auto one = co_await receive<int>();
    auto two = co_await receive<int>();
    CHECK(one == 1);
    CHECK(two == 2);
  });
}

TEST_CASE("an hour of sleeping does not hinder the end of a process") {
  sim::in_all_worlds([]() -> task<> {
    auto sleeper = spawn_monitor([]() -> task<> { co_await beamish::sleep(1h); });
    beamish::exit(sleeper.process, exit_reason::shutdown());
    auto down = co_await receive<down_message>();
    CHECK(down.reason.is("shutdown"));
  });
}

TEST_CASE("each message is destroyed once, received or not") {
  int count = 0;
  sim::in_all_worlds([&count]() -> task<> {
    auto other = spawn_monitor([]() -> task<> { co_await receive<int>(); });
    for (int i = 0; i < 10; ++i) send(other.process, counted(&count));
    send(other.process, 1);
    co_await receive<down_message>();
    send(other.process, counted(&count));
    send(self(), counted(&count));
    {
      auto mine = co_await receive<counted>();
      CHECK(mine.count == &count);
    }
  });
  CHECK(count == 0);
}

TEST_CASE("a loop of receives takes a hundred thousand messages without growing the stack") {
  sim::in_real_world([]() -> task<> {
    constexpr int many = 100'000;
    spawn(
        [](pid to) {
          for (int i = 0; i < many; ++i) send(to, i);
        },
        self());
    for (int i = 0; i < many; ++i) {
      auto got = co_await receive<int>();
      if (got != i) FAIL_CHECK("out of order");
    }
  });
}

TEST_CASE("a predicate that throws ends its process, and no other") {
  sim::in_all_worlds([]() -> task<> {
    const auto fussy = [](const int& n) -> bool {
      if (n == 2) throw std::runtime_error("not two");
      return n == 3;
    };
    auto victim = spawn_monitor([fussy]() -> task<> {
      send(self(), 1);
      send(self(), 2);
      co_await receive_if<int>(fussy);
    });
    auto down = co_await receive<down_message>();
    CHECK(down.id == victim.id);
    REQUIRE(down.reason.exception() != nullptr);
    CHECK(down.reason.exception()->what == "not two");
    // Who catches it goes on, without the message that was looked at.
    send(self(), 1);
    send(self(), 2);
    send(self(), 3);
    bool caught = false;
    try {
      co_await receive_if<int>(fussy);
    } catch (const std::runtime_error&) {
      caught = true;
    }
    CHECK(caught);
    auto three = co_await receive_if<int>(fussy);
    CHECK(three == 3);
    auto one = co_await receive<int>();
    CHECK(one == 1);
  });
}
