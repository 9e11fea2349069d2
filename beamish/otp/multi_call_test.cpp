// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/multi_call.hpp"

#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/otp/whereis.hpp"
#include "beamish/runtime/global.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct place_name : gen_server<place_name> {
  struct where {
    using reply = std::string;
    std::string greeting;
  };
  struct hush {};
  using messages = accepts<where, hush>;
  bool quiet = false;
  std::vector<from<where>> unanswered;
  void handle_call(where& m, from<where> caller) {
    if (quiet) return unanswered.push_back(std::move(caller));
    caller.reply(m.greeting + " from " + node_name());
  }
  void handle_cast(hush&) { quiet = true; }
};

// Runs a server of that name on a node until it is told to end.
void serve_on(sim::world& place, std::string_view node, pid parent) {
  place.node(node).spawn([parent]() -> task<> {
    trap_exits(true);
    auto s = co_await start_link<place_name>({.name = "place"});
    send(parent, self());
    co_await receive<atom>();
    co_await stop(s);
  });
}

struct phone_book {
  pid entry;
  pid whereis_name(const term& name) const { return name == term(atom("me")) ? entry : pid{}; }
  bool register_name(const term&, pid) { return false; }
  void unregister_name(const term&) {}
};

}  // namespace

TEST_CASE("G45 multi_call gives the replies of the nodes, and the bad ones") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    serve_on(place, "b@sim", self());
    serve_on(place, "c@sim", self());
    place.node("d@sim");  // lives, without such a name
    const pid one = co_await receive<pid>();
    const pid two = co_await receive<pid>();
    const std::vector<std::string> all{"c@sim", "nowhere@sim", "b@sim", "d@sim"};
    auto got = co_await multi_call<place_name::where>(all, "place", "hello");
    REQUIRE(got.replies.size() == 2);
    CHECK(got.replies[0].first == "c@sim");
    CHECK(got.replies[0].second == "hello from c@sim");
    CHECK(got.replies[1].first == "b@sim");
    CHECK(got.replies[1].second == "hello from b@sim");
    CHECK(got.bad_nodes == std::vector<std::string>{"nowhere@sim", "d@sim"});
    send(one, atom("end"));
    send(two, atom("end"));
  });
}

TEST_CASE("G45 abcast reaches whom it can; a node that is too slow is bad, its reply is dropped") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    serve_on(place, "b@sim", self());
    const pid one = co_await receive<pid>();
    const std::vector<std::string> all{"b@sim", "nowhere@sim"};
    abcast<place_name::hush>(all, "place");
    auto got = co_await multi_call<place_name::where>(within(5ms), all, "place", "hello");
    CHECK(got.replies.empty());
    CHECK(got.bad_nodes == all);
    send(one, atom("end"));
  });
}

TEST_CASE("G46 whereis finds names and via, and gives a name on another node back unchanged") {
  sim::in_all_worlds([]() -> task<> {
    CHECK(!whereis("me"));
    register_name("me");
    CHECK(whereis("me") == self());
    const phone_book book{self()};
    phone_book mutable_book = book;
    CHECK(whereis(via(mutable_book, atom("me"))) == self());
    CHECK(!whereis(via(mutable_book, atom("you"))));
    const global everywhere("me");
    CHECK(!whereis(everywhere));
    CHECK(everywhere.register_process(self()));
    CHECK(whereis(everywhere) == self());
    everywhere.unregister();
    auto here = whereis(on_node("me", node_name()));
    REQUIRE(std::holds_alternative<pid>(here));
    CHECK(std::get<pid>(here) == self());
    auto nobody = whereis(on_node("you", node_name()));
    CHECK(!std::get<pid>(nobody));
    auto far = whereis(on_node("me", "elsewhere@sim"));
    REQUIRE(std::holds_alternative<on_node>(far));
    CHECK(std::get<on_node>(far).name == "me");
    CHECK(std::get<on_node>(far).node == "elsewhere@sim");
    unregister_name("me");
    co_return;
  });
}
