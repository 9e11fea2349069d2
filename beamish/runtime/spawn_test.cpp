// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/spawn.hpp"

#include <memory>
#include <string>

#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

task<> echo(const std::string& greeting, pid to) {
  co_await beamish::sleep(0ms);
  send(to, greeting);
}

struct greeter {
  std::string greeting;
  task<> operator()(pid to) {
    co_await beamish::sleep(0ms);
    send(to, greeting);
  }
};

// Can't be copied, throws when moved on demand.
struct moody {
  explicit moody(bool* b) : broken(b) {}
  moody(moody&& other) : broken(other.broken) {
    if (*broken) throw std::runtime_error("can't be moved");
  }
  void operator()() {}
  bool* broken;
};

}  // namespace

TEST_CASE("a process is made of a function, a lambda, an object or a coroutine of these") {
  sim::in_all_worlds([]() -> task<> {
    spawn([](pid to) { send(to, std::string("function")); }, self());
    auto text = co_await receive<std::string>();
    CHECK(text == "function");
    spawn(echo, std::string("coroutine"), self());
    text = co_await receive<std::string>();
    CHECK(text == "coroutine");
    greeter g{"object"};
    spawn(g, self());
    text = co_await receive<std::string>();
    CHECK(text == "object");
  });
}

TEST_CASE("the captures and arguments of a process live as long as it does") {
  sim::in_all_worlds([]() -> task<> {
    std::string name = "a capture that is longer than any small string";
    pid p = spawn(
        [name, to = self()](const std::unique_ptr<int>& number) -> task<> {
          co_await receive<atom>();
          CHECK(name == "a capture that is longer than any small string");
          CHECK(*number == 7);
          send(to, *number);
        },
        std::make_unique<int>(7));
    send(p, atom("go"));
    auto got = co_await receive<int>();
    CHECK(got == 7);
  });
}

TEST_CASE("captures are destroyed before anybody hears of the end") {
  sim::in_all_worlds([]() -> task<> {
    auto witness = std::make_shared<int>(1);
    auto p = spawn_monitor([witness]() -> task<> { co_await receive<int>(); });
    CHECK(witness.use_count() == 2);
    send(p.process, 1);
    co_await receive<down_message>();
    CHECK(witness.use_count() == 1);
  });
}

TEST_CASE("a process ends normally when its function returns") {
  sim::in_all_worlds([]() -> task<> {
    auto plain = spawn_monitor([] {});
    auto one = co_await receive<down_message>();
    CHECK(one.id == plain.id);
    CHECK(one.process == plain.process);
    CHECK(one.reason.is_normal());
    auto waiting = spawn_monitor([]() -> task<> { co_await beamish::sleep(1ms); });
    auto two = co_await receive<down_message>();
    CHECK(two.id == waiting.id);
    CHECK(two.reason.is_normal());
  });
}

TEST_CASE("spawn_link links before the child can run") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    for (int i = 0; i < 10; ++i) {
      const pid child = spawn_link([] { beamish::exit(term(atom("at once"))); });
      auto gone = co_await receive<exit_message>();
      CHECK(gone.from == child);
      CHECK(gone.reason.is("at once"));
    }
  });
}

TEST_CASE("a process that is told to exit before its first step never runs") {
  sim::in_all_worlds([]() -> task<> {
    for (int i = 0; i < 5; ++i) {
      auto never = spawn_monitor([](pid to) { send(to, 1); }, self());
      beamish::exit(never.process, exit_reason::kill());
      auto down = co_await receive<down_message>();
      CHECK(down.id == never.id);
      // Either it ran to its end, or not at all.
      auto ran = co_await receive<int>(0ms);
      CHECK(ran.has_value() == down.reason.is_normal());
    }
  });
}

TEST_CASE("a spawn whose callable can't be moved throws and starts nothing") {
  sim::in_all_worlds([]() -> task<> {
    bool broken = false;
    moody function(&broken);
    broken = true;
    CHECK_THROWS_AS(spawn(std::move(function)), std::runtime_error);
    CHECK_THROWS_AS(spawn_link(std::move(function)), std::runtime_error);
    CHECK(processes() == std::vector<pid>{self()});
    co_return;
  });
}

TEST_CASE("processes that never wait run to their end, however many there are") {
  sim::in_real_world([]() -> task<> {
    constexpr int many = 10'000;
    for (int i = 0; i < many; ++i) spawn([](pid to) { send(to, 1); }, self());
    int sum = 0;
    for (int i = 0; i < many; ++i) {
      auto one = co_await receive<int>();
      sum += one;
    }
    CHECK(sum == many);
  });
}
