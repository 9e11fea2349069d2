// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/agent.hpp"

#include "beamish/otp/sys.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/sim/testing.hpp"
#include "beamish/term/inspect.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

int look(const int& n) { return n; }
int fail(const int&) { throw std::runtime_error("oops"); }

// What can't be copied can be kept as well.
struct purse {
  explicit purse(int n) : coins(std::make_unique<int>(n)) {}
  std::unique_ptr<int> coins;
};

task<int> look_of(agent<int> a, duration limit) { co_return co_await a.get(within(limit), look); }

}  // namespace

TEST_CASE("A1 get, update, get_and_update and cast run their functions in the agent, in order") {
  sim::in_all_worlds([]() -> task<> {
    const std::vector<int> one{1};
    auto a = co_await agent<std::vector<int>>::start_link(one);
    const auto where = co_await a.get([](const std::vector<int>&) { return self(); });
    CHECK(where == a.process());
    a.cast([](std::vector<int>& v) { v.push_back(2); });
    a.cast([](std::vector<int>& v) { v.push_back(3); });
    co_await a.update([](std::vector<int>& v) { v.push_back(4); });
    const auto size = co_await a.get_and_update([](std::vector<int>& v) {
      v.push_back(5);
      return v.size();
    });
    CHECK(size == 5);
    const auto all = co_await a.get([](const std::vector<int>& v) { return v; });
    CHECK(all == std::vector{1, 2, 3, 4, 5});
    // What is given is a copy.
    auto given =
        co_await a.get([](const std::vector<int>& v) -> const std::vector<int>& { return v; });
    given.clear();
    const auto still = co_await a.get([](const std::vector<int>& v) { return v.size(); });
    CHECK(still == 5);
    co_await a.stop();
  });
}

TEST_CASE("A1 an update may return the new state, and a state may be what can't be copied") {
  sim::in_all_worlds([]() -> task<> {
    auto n = co_await agent<int>::start_link(20);
    co_await n.update([](int x) { return x + 1; });
    n.cast([](const int& x) { return 2 * x; });
    const int doubled = co_await n.get(look);
    CHECK(doubled == 42);
    co_await n.stop();
    auto p = co_await agent<purse>::start_link([] { return purse(7); });
    co_await p.update([](purse& x) { ++*x.coins; });
    auto taken = co_await p.get_and_update([](purse& x) { return std::move(x.coins); });
    CHECK(*taken == 8);
    const bool empty = co_await p.get([](const purse& x) { return x.coins == nullptr; });
    CHECK(empty);
    co_await p.stop();
  });
}

TEST_CASE("A2 a function that throws ends the agent and exits the caller") {
  sim::in_all_worlds([]() -> task<> {
    for (const bool changing : {false, true}) {
      auto a = co_await agent<int>::start(1);
      const reference end = monitor(a.process());
      exit_reason why;
      if (changing) {
        auto failed = co_await attempt(a.update([](int&) { throw std::runtime_error("oops"); }));
        why = failed.reason();
      } else {
        auto failed = co_await attempt(a.get(fail));
        why = failed.reason();
      }
      CHECK(inspect(why).find("oops") != std::string::npos);
      CHECK(inspect(why).find(changing ? ":update" : ":get") != std::string::npos);
      auto down = co_await receive<down_message>();
      CHECK(down.id == end);
      CHECK(down.reason.exception()->what == "oops");
    }
    auto a = co_await agent<int>::start(1);
    const reference end = monitor(a.process());
    a.cast([](int&) { beamish::exit(atom("enough")); });
    auto down = co_await receive<down_message>();
    CHECK(down.id == end);
    CHECK(down.reason.value() == term(atom("enough")));
  });
}

TEST_CASE("A2 a first state that can't be made is why the start fails") {
  sim::in_all_worlds([]() -> task<> {
    auto failed = co_await attempt(
        agent<int>::start([]() -> int { throw std::runtime_error("no first state"); }));
    CHECK(failed.reason().exception()->what == "no first state");
  });
}

TEST_CASE("A3 calls take a timeout and exit as a server's do") {
  sim::in_all_worlds([]() -> task<> {
    auto a = co_await agent<int>::start(1);
    a.cast([](int&) { CHECK(true); });
    auto busy = co_await agent<pid>::start(self());
    busy.cast([](pid& owner) { send(owner, 1); });
    co_await receive<int>();
    co_await sys::suspend(a.process());
    auto late = co_await attempt(look_of(a, 1ms));
    CHECK(late.reason().value() ==
          tuple(atom("timeout"),
                tuple(atom("gen_server"), atom("call"), list(a.process(), atom("get"), 1))));
    co_await sys::resume(a.process());
    const int now = co_await a.get(look);
    CHECK(now == 1);
    const pid gone = a.process();
    co_await a.stop();
    auto none = co_await attempt(a.get(look));
    CHECK(none.reason().value() == tuple(atom("noproc"), tuple(atom("gen_server"), atom("call"),
                                                               list(gone, atom("get"), 5000))));
    auto nobody = agent<int>::named("nobody");
    auto unnamed = co_await attempt(nobody.update([](int&) {}));
    CHECK(unnamed.reason().value().elements()[0] == term(atom("noproc")));
    nobody.cast([](int&) {});
    CHECK(!nobody.process());
    co_await busy.stop();
  });
}

TEST_CASE("A3 names, links, stop with a reason, and what sys shows") {
  sim::in_all_worlds([]() -> task<> {
    auto a = co_await agent<int>::start_link({.name = "counter"}, 5);
    CHECK(whereis("counter") == a.process());
    auto asked = process_info(self());
    auto info = co_await asked;
    CHECK(info->links == std::vector{a.process()});
    auto same = agent<int>::named("counter");
    co_await same.update([](int& n) { ++n; });
    const int six = co_await a.get(look);
    CHECK(six == 6);
    auto taken = co_await attempt(agent<int>::start({.name = "counter"}, 1));
    CHECK(taken.reason().value() == tuple(atom("already_started"), a.process()));
    auto state = co_await sys::get_state("counter");
    CHECK(state == term(6));
    unlink(a.process());
    const reference end = monitor(a.process());
    co_await a.stop(exit_reason::shutdown());
    auto down = co_await receive<down_message>();
    CHECK(down.id == end);
    CHECK(down.reason == exit_reason::shutdown());
  });
}

TEST_CASE("A3 a child_spec starts an agent anew each time") {
  sim::in_all_worlds(
      []() -> task<> {
        int made = 0;
        auto spec = agent<int>::child_spec({.name = "counter"}, [&made] { return ++made; });
        CHECK(inspect(to_term(spec)).find("id: Agent") != std::string::npos);
        for (int i = 1; i <= 2; ++i) {
          auto starting = spec.start_link();
          auto started = co_await starting;
          CHECK(started.ok());
          auto a = agent<int>::named("counter");
          const int first = co_await a.get(look);
          CHECK(first == i);
          co_await a.stop();
        }
        auto of_value = agent<std::string>::child_spec(std::string("kept"));
        auto starting = of_value.start_link();
        auto started = co_await starting;
        CHECK(started.ok());
        auto starting_again = of_value.start_link();
        auto again = co_await starting_again;
        CHECK(again.ok());
      },
      {.leftovers = true});
}
