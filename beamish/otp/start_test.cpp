// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/start.hpp"

#include <stdexcept>

#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/global.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

// Starts as it is told, and tells `listener` of what it does.
struct picky : gen_server<picky> {
  struct ping {
    using reply = std::string;
  };
  using messages = accepts<ping>;
  pid listener;

  init_result init(pid l, std::string how) {
    listener = l;
    send(l, atom("init"));
    if (how == "stop") return stop_init(atom("no_wish"));
    if (how == "ignore") return ignore();
    if (how == "raise") throw std::runtime_error("not today");
    if (how == "exit") beamish::exit(tuple(atom("gone"), 7));
    return ok();
  }
  std::string handle_call(ping&) { return "pong"; }
  void terminate(const exit_reason&) { send(listener, atom("terminate")); }
};

// Its init takes as long as somebody lets it.
struct slow : gen_server<slow> {
  task<> init(pid listener) {
    send(listener, self());
    co_await receive<atom>();
  }
};

struct holder : gen_server<holder> {};

// Counts what lies in the mailbox of the test by taking it.
task<int> count_atoms(std::string name) {
  int count = 0;
  for (;;) {
    auto next = co_await receive<atom>(0ms);
    if (!next) break;
    if (next->name() == name) ++count;
  }
  co_return count;
}

}  // namespace

TEST_CASE("G1 start returns when init has returned") {
  sim::in_all_worlds([]() -> task<> {
    auto lib = co_await start<picky>(self(), "fine");
    auto told = co_await receive<atom>(0ms);
    REQUIRE(told);
    CHECK(told->name() == "init");
    auto pong = co_await lib.call<picky::ping>();
    CHECK(pong == "pong");
    co_await stop(lib);
  });
}

TEST_CASE("G1 start waits for an init that waits itself") {
  sim::in_all_worlds([]() -> task<> {
    const pid starter = spawn([parent = self()]() -> task<> {
      auto s = co_await start<slow>(parent);
      send(parent, std::string("started"));
      co_await stop(s);
    });
    const pid server = co_await receive<pid>();
    auto early = co_await receive<std::string>(0ms);
    CHECK(!early);
    auto ref = monitor(starter);
    send(server, atom("go"));
    auto text = co_await receive<std::string>();
    CHECK(text == "started");
    co_await receive<down_message>();
    demonitor(ref, true);
  });
}

TEST_CASE("G2 start_link links the server to the caller, start does not") {
  sim::in_all_worlds([]() -> task<> {
    auto linked = co_await start_link<holder>();
    auto alone = co_await start<holder>();
    auto mine = process_info(self());
    auto info = co_await mine;
    REQUIRE(info->links.size() == 1);
    CHECK(info->links[0] == linked.process());
    co_await stop(linked);
    co_await stop(alone);
  });
}

TEST_CASE("G3 an init that stops gives its reason, an exit signal if linked, and no terminate") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto r = co_await try_start_link<picky>({}, self(), "stop");
    CHECK(!r.ok());
    CHECK(!r.ignored());
    CHECK(r.reason().is("no_wish"));
    auto exit = co_await receive<exit_message>();
    CHECK(exit.reason.is("no_wish"));
    const int ends = co_await count_atoms("terminate");
    CHECK(ends == 0);
  });
}

TEST_CASE("G3 a failed start leaves no name behind") {
  sim::in_all_worlds([]() -> task<> {
    auto r = co_await try_start<picky>({.name = "picky"}, self(), "stop");
    CHECK(r.reason().is("no_wish"));
    CHECK(!whereis("picky"));
    auto again = co_await start<picky>({.name = "picky"}, self(), "fine");
    CHECK(whereis("picky") == again.process());
    co_await stop(again);
  });
}

TEST_CASE("G4 an init that says ignore is no error, and its process ends normally") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto r = co_await try_start_link<picky>({.name = "picky"}, self(), "ignore");
    CHECK(r.ignored());
    CHECK(!r.ok());
    CHECK(!whereis("picky"));
    auto exit = co_await receive<exit_message>();
    CHECK(exit.reason.is_normal());
    const int ends = co_await count_atoms("terminate");
    CHECK(ends == 0);
  });
}

TEST_CASE("G5 an init that throws or exits gives the exception or the reason") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    auto raised = co_await try_start<picky>({}, self(), "raise");
    REQUIRE(raised.reason().exception() != nullptr);
    CHECK(raised.reason().exception()->what == "not today");
    CHECK(raised.reason().exception()->type == "std::runtime_error");
    auto left = co_await try_start<picky>({}, self(), "exit");
    CHECK(left.reason().value() == tuple(atom("gone"), 7));
    const int ends = co_await count_atoms("terminate");
    CHECK(ends == 0);
    (void)place;
  });
}

TEST_CASE("G7 an init that takes too long: timeout, and the process is killed") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto r = co_await try_start_link<slow>({.name = "slow", .timeout = 20ms}, self());
    CHECK(r.reason().is("timeout"));
    const pid server = co_await receive<pid>();
    auto ref = monitor(server);
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    CHECK((down.reason.is("killed") || down.reason.is("noproc")));
    CHECK(!whereis("slow"));
    auto exit = co_await receive<exit_message>(0ms);
    CHECK(!exit);
  });
}

TEST_CASE("G8 a taken name: already_started with the holder, and init does not run") {
  sim::in_all_worlds([]() -> task<> {
    auto first = co_await start<picky>({.name = "picky"}, self(), "fine");
    co_await receive<atom>();
    auto second = co_await try_start<picky>({.name = "picky"}, self(), "fine");
    CHECK(second.reason().value() == tuple(atom("already_started"), first.process()));
    auto init = co_await receive<atom>(0ms);
    CHECK(!init);
    CHECK(whereis("picky") == first.process());
    co_await stop(first);
  });
}

TEST_CASE("G8 of many that want one name exactly one gets it") {
  sim::in_all_worlds([]() -> task<> {
    constexpr int many = 5;
    for (int i = 0; i < many; ++i) {
      spawn([parent = self()]() -> task<> {
        auto r = co_await try_start<holder>({.name = "one"});
        send(parent, r.ok());
      });
    }
    int winners = 0;
    for (int i = 0; i < many; ++i) {
      const bool won = co_await receive<bool>();
      winners += won ? 1 : 0;
    }
    CHECK(winners == 1);
    co_await stop("one");
  });
}

namespace {
struct looks_itself_up : gen_server<looks_itself_up> {
  void init(pid listener) { send(listener, whereis("self_aware") == self()); }
};
}  // namespace

TEST_CASE("G9 the name is registered before init runs") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<looks_itself_up>({.name = "self_aware"}, self());
    const bool found = co_await receive<bool>();
    CHECK(found);
    co_await stop(s);
  });
}

namespace {

// A registry with one entry.
struct one_entry {
  term key;
  pid process;
  pid whereis_name(const term& name) const { return name == key ? process : pid{}; }
  bool register_name(const term& name, pid holder) {
    if (process && alive(process)) return false;
    key = name;
    process = holder;
    return true;
  }
  void unregister_name(const term&) { process = pid{}; }
};

}  // namespace

TEST_CASE("G10 no name means unregistered; names are texts, or come from a registry") {
  sim::in_all_worlds([]() -> task<> {
    auto unnamed = co_await start<holder>({});
    CHECK(registered().empty());
    one_entry registry;
    const via name(registry, tuple(atom("shelf"), 3));
    auto by_registry = co_await start<picky>({.registry_name = &name}, self(), "fine");
    CHECK(registry.process == by_registry.process());
    auto pong = co_await call<picky::ping>(name);
    CHECK(pong == "pong");
    auto second = co_await try_start<picky>({.registry_name = &name}, self(), "fine");
    CHECK(second.reason().value() == tuple(atom("already_started"), by_registry.process()));
    const global everywhere("shelves");
    auto global_one = co_await start<picky>({.registry_name = &everywhere}, self(), "fine");
    CHECK(everywhere.whereis() == global_one.process());
    auto answer = co_await call<picky::ping>(everywhere);
    CHECK(answer == "pong");
    auto taken = co_await try_start<picky>({.registry_name = &everywhere}, self(), "fine");
    CHECK(taken.reason().value() == tuple(atom("already_started"), global_one.process()));
    co_await stop(global_one);
    co_await stop(unnamed);
    co_await stop(name);
  });
}

TEST_CASE("G10 what can't be a name raises in the caller, also by the dynamic route") {
  sim::in_all_worlds([]() -> task<> {
    CHECK_THROWS_AS(start_options_from(keyword({{"name", 42}})), argument_error);
    CHECK_THROWS_AS(start_options_from(keyword({{"nmae", atom("library")}})), argument_error);
    const term named = keyword({{"name", atom("library")}, {"timeout", 50}});
    auto s = co_await start<holder>(start_options_from(named));
    CHECK(whereis("library") == s.process());
    co_await stop(s);
    const term unnamed = keyword({{"name", term()}});
    CHECK(start_options_from(unnamed).name.empty());
    auto bad = attempt([]() -> task<> {
      auto never = co_await start<holder>({.name = "undefined"});
      (void)never;
    }());
    auto outcome = co_await std::move(bad);
    REQUIRE(!outcome.ok());
    CHECK(outcome.reason().exception()->type == "beamish::argument_error");
  });
}

TEST_CASE("G8 for a taken name no process is made, so that no EXIT comes") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto first = co_await start<holder>({.name = "taken"});
    auto second = co_await try_start_link<holder>({.name = "taken"});
    CHECK(second.reason().value() == tuple(atom("already_started"), first.process()));
    auto end = co_await receive<exit_message>(1s);
    CHECK(!end);
    co_await stop(first);
  });
}

TEST_CASE("a start_monitor that gives no server leaves no DOWN") {
  sim::in_all_worlds([]() -> task<> {
    for (const char* how : {"stop", "ignore", "raise", "exit"}) {
      const std::string told = how;
      auto none = co_await start_monitor<picky>({}, self(), told);
      CHECK(!none.ok());
      auto down = co_await receive<down_message>(1s);
      CHECK(!down);
    }
    auto first = co_await start<holder>({.name = "taken"});
    auto second = co_await start_monitor<holder>({.name = "taken"});
    CHECK(!second.ok());
    auto down = co_await receive<down_message>(1s);
    CHECK(!down);
    co_await stop(first);
  });
}

TEST_CASE("start_monitor gives the reference of the DOWN to come") {
  sim::in_all_worlds([]() -> task<> {
    auto r = co_await start_monitor<holder>({});
    REQUIRE(r.ok());
    const pid p = (*r).process();
    exit(p, exit_reason::kill());
    auto down = co_await receive<down_message>();
    CHECK(down.id == r.monitor());
    CHECK(down.process == p);
    CHECK(down.reason.is("killed"));
  });
}
