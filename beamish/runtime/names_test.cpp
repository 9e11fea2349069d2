// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/names.hpp"

#include <atomic>
#include <memory>
#include <thread>

#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

task<> end_when_told() { co_await receive<int>(); }

// A holder that gets everything in one batch, and is slow to end.
struct gate_of_slow_end {
  std::atomic<bool> entered{false}, open{false}, seen{false};
};
struct slow_end {
  std::shared_ptr<gate_of_slow_end> gate;
  ~slow_end() {
    for (int i = 0; i < 50 && !gate->seen; ++i) std::this_thread::yield();
  }
};
task<> end_slowly(std::shared_ptr<gate_of_slow_end> gate) {
  slow_end at_end{gate};
  gate->entered = true;
  while (!gate->open) std::this_thread::yield();
  co_await receive<int>();
}

}  // namespace

TEST_CASE("P22 a name has one process, a process one name, and a violation raises") {
  sim::in_all_worlds([]() -> task<> {
    const pid other = spawn(end_when_told);
    register_name("library");
    CHECK(whereis("library") == self());
    CHECK_THROWS_AS(register_name("library", other), argument_error);
    CHECK_THROWS_AS(register_name("archive"), argument_error);
    CHECK_THROWS_AS(register_name("library"), argument_error);
    register_name("archive", other);
    CHECK(registered() == std::vector<std::string>{"archive", "library"});
    unregister_name("library");
    CHECK(whereis("library") == pid{});
    CHECK_THROWS_AS(unregister_name("library"), argument_error);
    register_name("reading room");
    CHECK(whereis("reading room") == self());
    unregister_name("reading room");
    send("archive", 1);
    auto ref = monitor(other);
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
  });
}

TEST_CASE("P22 what can't be registered raises") {
  sim::in_all_worlds([]() -> task<> {
    auto dead = spawn_monitor([] {});
    co_await receive<down_message>();
    CHECK_THROWS_AS(register_name("late", dead.process), argument_error);
    CHECK_THROWS_AS(register_name("nobody", pid{}), argument_error);
    CHECK_THROWS_AS(register_name(""), argument_error);
    CHECK_THROWS_AS(register_name("undefined"), argument_error);
    CHECK_THROWS_AS(register_name("nil"), argument_error);
    CHECK_THROWS_AS(register_name(std::string(256, 'x')), argument_error);
    CHECK(registered().empty());
  });
}

TEST_CASE("P23 a name is free as soon as the death of its holder can be seen") {
  sim::in_all_worlds([]() -> task<> {
    for (int i = 0; i < 20; ++i) {
      auto holder = spawn_monitor(end_when_told);
      register_name("library", holder.process);
      if (i % 2 == 0) {
        send("library", 1);
      } else {
        beamish::exit(holder.process, exit_reason::kill());
      }
      co_await receive<down_message>();
      CHECK(whereis("library") == pid{});
      register_name("library");
      unregister_name("library");
    }
  });
}

TEST_CASE("P23 who sees that a process is dead sees no name of it, without any signal") {
  sim::in_real_world([]() -> task<> {
    for (int i = 0; i < 200; ++i) {
      auto holder = spawn_monitor(end_when_told);
      register_name("library", holder.process);
      send(holder.process, 1);
      while (alive(holder.process)) co_await receive<std::string>(0ms);
      CHECK(whereis("library") == pid{});
      CHECK(registered().empty());
      co_await receive<down_message>();
    }
  });
}

// It has also found a spare worker that was stuck while all others, and the monitor, slept.
TEST_CASE("P23 a monitor behind the signal that kills is answered when the name is free") {
  sim::in_real_world([]() -> task<> {
    for (int round = 0; round < 20; ++round) {
      auto gate = std::make_shared<gate_of_slow_end>();
      const pid holder = spawn(end_slowly, gate);
      register_name("library", holder);
      while (!gate->entered) co_await receive<std::string>(0ms);
      beamish::exit(holder, exit_reason::kill());
      auto first = monitor(holder);
      auto second = monitor(holder);
      gate->open = true;
      // Polls, so that it keeps its own worker beside the one that ends the holder.
      std::optional<down_message> down;
      while (!down) down = co_await receive<down_message>(0ms);
      gate->seen = true;
      CHECK(whereis("library") == pid{});
      CHECK(down->id == first);
      auto next = co_await receive<down_message>();
      CHECK(next.id == second);
      CHECK(next.reason.is("noproc"));
    }
  });
}

TEST_CASE("the table of names keeps both directions") {
  detail::name_table names;
  const pid one{1, 1, 0};
  const pid two{1, 2, 0};
  CHECK(names.insert("a", one) == detail::name_result::done);
  CHECK(names.insert("a", two) == detail::name_result::name_taken);
  CHECK(names.insert("b", one) == detail::name_result::has_name);
  CHECK(names.insert("b", two) == detail::name_result::done);
  CHECK(names.find("a") == one);
  CHECK(names.find("c") == pid{});
  CHECK(names.name_of(two) == "b");
  CHECK(names.name_of(pid{1, 2, 1}).empty());
  CHECK(names.all() == std::vector<std::string>{"a", "b"});
  CHECK(!names.erase("a", two));
  CHECK(names.erase("a", one));
  CHECK(names.name_of(one).empty());
  names.forget(two);
  names.forget(two);
  CHECK(names.size() == 0);
  CHECK(names.find("b") == pid{});
  CHECK(names.insert("a", two) == detail::name_result::done);
  names.clear();
  CHECK(names.size() == 0);
}
