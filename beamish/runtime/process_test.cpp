// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/process.hpp"

#include <string>

#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct numbered {
  pid from;
  int number;
};

task<> send_many(pid to, int count) {
  for (int i = 0; i < count; ++i) send(to, numbered{self(), i});
  co_return;
}

}  // namespace

TEST_CASE("P1 messages from one sender to one receiver arrive in the order of sending") {
  sim::in_all_worlds([]() -> task<> {
    const pid one = spawn(send_many, self(), 100);
    const pid two = spawn(send_many, self(), 100);
    int next_of_one = 0;
    int next_of_two = 0;
    for (int i = 0; i < 200; ++i) {
      auto m = co_await receive<numbered>();
      CHECK((m.from == one || m.from == two));
      int& next = m.from == one ? next_of_one : next_of_two;
      CHECK(m.number == next);
      ++next;
    }
  });
}

TEST_CASE("P1 messages to oneself arrive in the order of sending") {
  sim::in_all_worlds([]() -> task<> {
    for (int i = 0; i < 20; ++i) send(self(), i);
    for (int i = 0; i < 20; ++i) {
      auto got = co_await receive<int>();
      CHECK(got == i);
    }
  });
}

TEST_CASE("P2 a message to a dead process is dropped without a word") {
  sim::in_all_worlds([]() -> task<> {
    auto dead = spawn_monitor([] {});
    co_await receive<down_message>();
    CHECK(!alive(dead.process));
    for (int i = 0; i < 3; ++i) send(dead.process, std::string("anybody there?"));
    send(pid{}, 1);
    beamish::exit(dead.process, exit_reason::kill());
    unlink(dead.process);
    co_await receive<int>(1ms);
  });
}

TEST_CASE("P2 a message to a name that nobody has raises in the sender") {
  sim::in_all_worlds([]() -> task<> {
    CHECK_THROWS_AS(send("nobody", 1), argument_error);
    CHECK_THROWS_WITH_AS(send("nobody", 1), doctest::Contains("nobody"), argument_error);
    // To a name on a named node it is silent.
    send(on_node("nobody", node_name()), 1);
    send(on_node("nobody", "no@where"), 1);
    // Uncaught it ends the sender.
    auto sender = spawn_monitor([] { send("nobody", 1); });
    auto down = co_await receive<down_message>();
    CHECK(down.id == sender.id);
    REQUIRE(down.reason.exception() != nullptr);
    CHECK(down.reason.exception()->type == "beamish::argument_error");
  });
}

TEST_CASE("P30 the process dictionary is private, and put returns the value before") {
  sim::in_all_worlds([]() -> task<> {
    const term key = atom("color");
    CHECK(process_dictionary::get(key) == std::nullopt);
    CHECK(process_dictionary::put(key, "red") == std::nullopt);
    CHECK(process_dictionary::put(key, "blue") == term("red"));
    CHECK(process_dictionary::get(key) == term("blue"));
    CHECK(process_dictionary::put(tuple(1, 2), 3) == std::nullopt);
    CHECK(process_dictionary::all().size() == 2);
    auto other = spawn_monitor(
        [](pid owner) {
          send(owner, process_dictionary::get(atom("color")).has_value());
          process_dictionary::put(atom("color"), "green");
        },
        self());
    co_await receive<down_message>();
    auto seen = co_await receive<bool>();
    CHECK(!seen);
    CHECK(!alive(other.process));
    CHECK(process_dictionary::get(key) == term("blue"));
    CHECK(process_dictionary::erase(key) == term("blue"));
    CHECK(process_dictionary::erase(key) == std::nullopt);
    CHECK(process_dictionary::all().size() == 1);
  });
}

TEST_CASE("a process knows itself, its ancestors and who lives") {
  sim::in_all_worlds([]() -> task<> {
    CHECK(alive(self()));
    CHECK(ancestors().empty());
    auto child = spawn_monitor(
        [](pid grandparent) -> task<> {
          const pid parent = self();
          auto grandchild = spawn_monitor(
              [](pid one, pid two) { CHECK(ancestors() == std::vector<pid>{one, two}); }, parent,
              grandparent);
          co_await receive<down_message>();
          CHECK(!alive(grandchild.process));
          CHECK(processes() == std::vector<pid>{grandparent, parent});
        },
        self());
    auto down = co_await receive<down_message>();
    CHECK(down.id == child.id);
    CHECK(down.reason.is_normal());
    CHECK(processes() == std::vector<pid>{self()});
  });
}

namespace {
task<> generation(int left, pid owner) {
  if (left > 0) {
    spawn(generation, left - 1, owner);
  } else {
    send(owner, ancestors().size());
  }
  co_return;
}
}  // namespace

TEST_CASE("of a long line of ancestors the nearest are kept") {
  sim::in_all_worlds([]() -> task<> {
    spawn(generation, 40, self());
    auto some = co_await receive<std::size_t>();
    CHECK(some == 41);
    spawn(generation, 1000, self());
    auto many = co_await receive<std::size_t>();
    CHECK(many <= 64);
    CHECK(many >= 32);
  });
}

TEST_CASE("references are unique") {
  sim::in_all_worlds([]() -> task<> {
    auto one = make_reference();
    auto two = make_reference();
    CHECK(one != two);
    spawn([](pid owner) { send(owner, make_reference()); }, self());
    auto three = co_await receive<reference>();
    CHECK(three != one);
    CHECK(three != two);
  });
}

TEST_CASE("messages are moved, copied or built in place") {
  sim::in_all_worlds([]() -> task<> {
    const std::string text(100, 'x');
    send(self(), text);
    auto copied = co_await receive<std::string>();
    CHECK(copied == text);
    send(self(), std::make_unique<int>(7));
    auto moved = co_await receive<std::unique_ptr<int>>();
    CHECK(*moved == 7);
    send<std::string>(self(), std::size_t{3}, 'y');
    auto built = co_await receive<std::string>();
    CHECK(built == "yyy");
    send<numbered>(self(), self(), 5);
    auto braced = co_await receive<numbered>();
    CHECK(braced.number == 5);
  });
}

TEST_CASE("functions of a process, used on a thread that runs none, say so") {
  CHECK_THROWS_AS(self(), std::logic_error);
  CHECK_THROWS_AS(trap_exits(true), std::logic_error);
  CHECK_THROWS_AS(monitor(pid{1, 1, 1}), std::logic_error);
  CHECK_THROWS_AS(whereis("library"), std::logic_error);
  CHECK_THROWS_AS(spawn([] {}), std::logic_error);
  CHECK_THROWS_WITH(make_reference(), doctest::Contains("call it from a process"));
  CHECK(!alive(pid{}));
  CHECK(!alive(pid{0xffffffff, 1, 1}));
}
