// SPDX-License-Identifier: Apache-2.0
//
// The typed state of servers, looked at and changed from outside.
#include <memory>
#include <stdexcept>

#include "beamish/otp/agent.hpp"
#include "beamish/otp/dynamic_supervisor.hpp"
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/supervisor.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/otp/task_supervisor.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct shelf : gen_server<shelf> {
  struct put {
    std::string title;
  };
  struct rest {};
  struct count {
    using reply = int;
  };
  using messages = accepts<put, rest, count>;
  std::vector<std::string> titles;

  void handle_cast(put& m) { titles.push_back(m.title); }
  outcome handle_cast(rest&) { return noreply().hibernate(); }
  int handle_call(count&) { return static_cast<int>(titles.size()); }
};

// Its state can't be copied, and it hides a part of it.
struct safe : gen_server<safe> {
  std::unique_ptr<int> code = std::make_unique<int>(1234);
  term format_status() const { return term(atom("hidden")); }
};

const term& first_of(const exit_reason& r) { return r.value().elements()[0]; }

}  // namespace

TEST_CASE("Y1 get_state copies the state, replace_state changes it, and gives the new one") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<shelf>({.name = "shelf"});
    s.cast<shelf::put>("Emma");
    auto before = co_await sys::get_state<shelf>("shelf");
    CHECK(before.titles == std::vector<std::string>{"Emma"});
    auto add = [](shelf& one) { one.titles.push_back("Ulysses"); };
    auto after = co_await sys::replace_state<shelf>(s, add);
    CHECK(after.titles.size() == 2);
    auto fresh = [](const shelf&) { return shelf{{}, {"Dune", "Solaris", "Ubik"}}; };
    auto replaced = co_await sys::replace_state<shelf>(s, fresh);
    CHECK(replaced.titles.size() == 3);
    const int count = co_await s.call<shelf::count>();
    CHECK(count == 3);
    auto shown = co_await sys::inspect(s);
    CHECK(inspect(shown) == "%Shelf{titles: [\"Dune\", \"Solaris\", \"Ubik\"]}");
    auto by_name = co_await sys::get_state(s);
    CHECK(by_name == shown);
    co_await stop(s);
  });
}

TEST_CASE("Y1 a replace function that throws leaves the state and exits only its caller") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    auto s = co_await start<shelf>();
    s.cast<shelf::put>("Emma");
    auto half = [](shelf& one) {
      one.titles.clear();
      throw std::runtime_error("no");
    };
    auto failed = co_await attempt<shelf>(sys::replace_state<shelf>(s, half));
    REQUIRE(!failed.ok());
    CHECK(first_of(failed.reason()).elements()[0].is_atom("callback_failed"));
    const term where = failed.reason().value().elements()[1];
    CHECK(where == tuple(atom("sys"), atom("replace_state"), list(s.process())));
    auto exits = [](shelf& one) {
      one.titles.clear();
      beamish::exit(term(atom("bad")));
    };
    auto gone = co_await attempt<shelf>(sys::replace_state<shelf>(s, exits));
    CHECK(first_of(gone.reason()) == tuple(atom("callback_failed"), atom("bad")));
    auto state = co_await sys::get_state<shelf>(s);
    CHECK(state.titles == std::vector<std::string>{"Emma"});
    CHECK(place.log().empty());
    co_await stop(s);
  });
}

TEST_CASE("Y1 with_state looks at a state that can't be copied, where it is") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<safe>();
    auto look = [](safe& one) { return ++*one.code; };
    const int code = co_await sys::with_state<safe>(s, look);
    CHECK(code == 1235);
    auto set = [](safe& one) { *one.code = 7; };
    co_await sys::with_state<safe>(s, set);
    const int changed = co_await sys::with_state<safe>(s, look);
    CHECK(changed == 8);
    auto fails = [](safe&) -> int { throw std::out_of_range("no such code"); };
    auto failed = co_await attempt<int>(sys::with_state<safe>(s, fails));
    CHECK(!failed.ok());
    const bool lives = alive(s);
    CHECK(lives);
    auto shown = co_await sys::inspect(s);
    CHECK(shown == term(atom("hidden")));
    co_await stop(s);
  });
}

TEST_CASE("Y1 a function for another type of state is refused, and both types are named") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<shelf>({.name = "shelf"});
    auto wrong = co_await attempt<int>(sys::get_state<int>("shelf"));
    REQUIRE(!wrong.ok());
    CHECK(first_of(wrong.reason()) == tuple(atom("wrong_state"), "it is a shelf, no int"));
    auto nobody = co_await attempt<shelf>(sys::get_state<shelf>("nobody"));
    CHECK(nobody.reason().value() ==
          tuple(atom("noproc"), tuple(atom("sys"), atom("get_state"), list(atom("nobody")))));
    co_await stop(s);
  });
}

TEST_CASE("Y1 the state of an agent is its value") {
  sim::in_all_worlds([]() -> task<> {
    auto a = co_await agent<int>::start_link({.name = "counter"}, 40);
    auto twice = [](int& n) { n *= 2; };
    const int now = co_await sys::replace_state<int>("counter", twice);
    CHECK(now == 80);
    const int copied = co_await sys::get_state<int>(a.process());
    CHECK(copied == 80);
    auto shown = co_await sys::inspect("counter");
    CHECK(shown == term(80));
    co_await a.stop();
  });
}

TEST_CASE("Y1 every process of OTP's kinds shows its state, in use and suspended") {
  sim::in_all_worlds([]() -> task<> {
    auto fixed = co_await supervisor::start_link({child_spec<shelf>()}, {.strategy = one_for_one});
    auto dynamic = co_await dynamic_supervisor::start_link();
    auto tasks = co_await task_supervisor::start_link();
    auto value = co_await agent<int>::start_link(1);
    const std::vector<pid> all{fixed.process(), dynamic.process(), tasks.process(),
                               value.process()};
    for (pid p : all) {
      auto state = co_await sys::get_state(p);
      co_await sys::suspend(p);
      auto again = co_await sys::inspect(p);
      CHECK(again == state);
      auto about = co_await sys::get_status(p);
      CHECK(about.suspended);
      CHECK(about.process == p);
      co_await sys::resume(p);
    }
    co_await stop(fixed);
    co_await stop(dynamic.process());
    co_await stop(tasks.process());
    co_await stop(value.process());
  });
}

TEST_CASE("Y2 a suspended server takes no message, and keeps their order; twice is once") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<shelf>();
    co_await sys::suspend(s);
    co_await sys::suspend(s);
    for (const char* title : {"one", "two", "three"}) s.cast<shelf::put>(title);
    auto early = co_await s.try_call<shelf::count>(within(5ms));
    CHECK(!early.ok());
    auto state = co_await sys::get_state<shelf>(s);
    CHECK(state.titles.empty());
    co_await sys::resume(s);
    co_await sys::resume(s);
    s.cast<shelf::put>("four");
    const int count = co_await s.call<shelf::count>();
    CHECK(count == 4);
    state = co_await sys::get_state<shelf>(s);
    CHECK(state.titles == std::vector<std::string>{"one", "two", "three", "four"});
    co_await stop(s);
  });
}

TEST_CASE("Y7 terminate runs terminate and ends with the reason, also of a suspended server") {
  struct mortal : gen_server<mortal> {
    pid witness;
    void init(pid w) { witness = w; }
    void terminate(const exit_reason& why) { send(witness, why); }
  };
  sim::in_all_worlds([]() -> task<> {
    for (const bool suspends : {false, true}) {
      auto s = co_await start<mortal>(self());
      monitor(s);
      if (suspends) co_await sys::suspend(s);
      co_await sys::terminate(s, exit_reason::shutdown(atom("enough")));
      auto told = co_await receive<exit_reason>();
      CHECK(told.value() == tuple(atom("shutdown"), atom("enough")));
      auto down = co_await receive<down_message>();
      CHECK(down.reason == told);
    }
  });
}

TEST_CASE("Y7 system messages are handled while a server is idle, and while it hibernates") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<shelf>();
    auto idle = co_await sys::get_state<shelf>(s);
    CHECK(idle.titles.empty());
    s.cast<shelf::rest>();
    auto hibernating = co_await sys::get_state<shelf>(s);
    CHECK(hibernating.titles.empty());
    // It hibernates again; the picture may be of the moment before.
    auto info = co_await process_info(s);
    while (info->status != process_status::hibernating) {
      co_await beamish::sleep(0ms);
      info = co_await process_info(s);
    }
    auto still = co_await sys::get_state<shelf>(s);
    CHECK(still.titles.empty());
    co_await stop(s);
  });
}
