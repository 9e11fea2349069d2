// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/destination.hpp"

#include <algorithm>

#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

// A registry of one entry.
struct one_entry {
  term key;
  pid holder;
  pid whereis_name(const term& name) const { return name == key ? holder : pid{}; }
  bool register_name(const term&, pid) { return false; }
  void unregister_name(const term&) {}
};

struct local_only {
  void (*function)();
};

task<> answer_once() {
  auto from = co_await receive<pid>();
  send(from, self());
}

}  // namespace

TEST_CASE("a message reaches a pid, a name, a name on a node, an alias and a via name") {
  sim::in_all_worlds([]() -> task<> {
    register_name("here");
    one_entry registry{tuple(atom("room"), 1), self()};
    send(self(), 1);
    send("here", 2);
    send(std::string("here"), 3);
    send(on_node("here", node_name()), 4);
    send(via(registry, tuple(atom("room"), 1)), 5);
    for (int i = 1; i <= 5; ++i) {
      auto got = co_await receive<int>();
      CHECK(got == i);
    }
    CHECK_THROWS_AS(send(via(registry, tuple(atom("room"), 2)), 6), argument_error);
    unregister_name("here");
  });
}

TEST_CASE("a destination shows itself as OTP does") {
  one_entry registry{atom("key"), pid{}};
  CHECK(destination(pid{1, 2, 3}).to_term() == term(pid{1, 2, 3}));
  CHECK(destination("here").to_term() == term(atom("here")));
  const on_node far("here", "b@sim");
  CHECK(destination(far).to_term() == tuple(atom("here"), atom("b@sim")));
  const via by(registry, atom("key"));
  CHECK(destination(by).to_term() == tuple(atom("via"), atom("key")));
  CHECK(destination(by).resolve() == pid{});
  CHECK(destination(on_node("here", "no@where")).resolve() == pid{});
}

TEST_CASE("P20 a monitor reaches the same destinations") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    beamish::node& b = s.node("b@sim");
    const pid far = b.spawn(answer_once);
    auto by_pid = monitor(far);
    auto by_name = monitor(on_node("nobody", "b@sim"));
    auto none = co_await receive<down_message>();
    CHECK(none.id == by_name);
    CHECK(none.reason.is("noproc"));
    CHECK(none.object() == tuple(atom("nobody"), atom("b@sim")));
    send(far, self());
    auto answer = co_await receive<pid>();
    CHECK(answer == far);
    auto down = co_await receive<down_message>();
    CHECK(down.id == by_pid);
    CHECK(down.reason.is_normal());
  });
}

TEST_CASE("P2 messages cross to a name on another node, and silently miss one that is not there") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    beamish::node& b = s.node("b@sim");
    const pid far = b.spawn([]() -> task<> {
      register_name("far");
      auto from = co_await receive<pid>();
      send(from, atom("named"));
      auto again = co_await receive<pid>();
      send(again, node_name());
    });
    send(far, self());
    co_await receive<atom>();
    send(on_node("nobody", "b@sim"), self());
    send(on_node("far", "b@sim"), self());
    auto where = co_await receive<std::string>();
    CHECK(where == "b@sim");
    CHECK(whereis("far") == pid{});  // names belong to one node
  });
}

TEST_CASE("a message without a term shape can't go to another node") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    const pid far = s.node("b@sim").spawn(answer_once);
    exit_reason refused;
    exit_reason refused_later;
    try {
      send(far, local_only{nullptr});
    } catch (const exited& e) {
      refused = e.reason();
    }
    try {
      send_after(1ms, far, local_only{nullptr});
    } catch (const exited& e) {
      refused_later = e.reason();
    }
    REQUIRE(refused.value().size() == 2);
    CHECK(refused.value().elements()[0] == term(atom("not_serialisable")));
    CHECK(refused_later == refused);
    send(self(), local_only{nullptr});
    co_await receive<local_only>();
    send(far, self());
    co_await receive<pid>();
  });
}

TEST_CASE("nodes() names the nodes of this program, and node_name() the own one") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    s.node("b@sim");
    const auto all = nodes();
    CHECK(std::find(all.begin(), all.end(), "b@sim") != all.end());
    CHECK(std::find(all.begin(), all.end(), node_name()) != all.end());
    CHECK(std::is_sorted(all.begin(), all.end()));
    co_return;
  });
  CHECK_THROWS_AS(node_name(), std::logic_error);
}
