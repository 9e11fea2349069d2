// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/call_blocking.hpp"

#include <stdexcept>

#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/thread_body.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct bank : gen_server<bank> {
  struct balance {
    using reply = int;
    int account;
  };
  struct never {
    using reply = std::string;
  };
  struct waiting {
    using reply = std::size_t;
  };
  struct close {
    using reply = void;
  };
  using messages = accepts<balance, never, waiting, close>;
  std::vector<from<never>> callers;
  int handle_call(balance& m) { return 100 + m.account; }
  void handle_call(never&, from<never> caller) { callers.push_back(std::move(caller)); }
  std::size_t handle_call(waiting&) { return callers.size(); }
  call_result<close> handle_call(close&) { return stop(atom("closed")); }
};

}  // namespace

TEST_CASE("a thread body calls and blocks") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<bank>({.name = "bank"});
    spawn_thread([parent = self()] {
      int sum = 0;
      for (int i = 0; i < 10; ++i) sum += call_blocking<bank::balance>("bank", i);
      send(parent, sum);
    });
    const int sum = co_await receive<int>();
    CHECK(sum == 1045);
    co_await stop(s);
  });
}

TEST_CASE("a thread body's failed calls are values or exits, as a coroutine's are") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<bank>({.name = "bank"});
    spawn_thread([parent = self()] {
      auto nobody = try_call_blocking<bank::balance>("nobody", 1);
      send(parent, nobody.reason());
      auto late = try_call_blocking<bank::never>(within(5ms), "bank");
      send(parent, late.reason());
      auto self_call = try_call_blocking<bank::never>(self());
      send(parent, self_call.reason());
      auto closed = try_call_blocking<bank::close>("bank");
      send(parent, closed.reason());
    });
    const std::vector<term> expected{term(atom("noproc")), term(atom("timeout")),
                                     term(atom("calling_self")), term(atom("closed"))};
    for (const term& why : expected) {
      auto reason = co_await receive<exit_reason>();
      CHECK(reason.value().elements()[0] == why);
    }
    const pid caller = spawn_thread([] { call_blocking<bank::balance>("bank", 1); });
    auto ref = monitor(caller);
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    const term why = down.reason.value();
    CHECK((why == term(atom("noproc")) || why.elements()[0] == term(atom("noproc"))));
    (void)s;
  });
}

TEST_CASE("a thread body that is killed leaves its call at once") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<bank>();
    const pid caller = spawn_thread([s, parent = self()] {
      try {
        auto never = call_blocking<bank::never>(within(infinity), s.process());
      } catch (const exited& e) {
        // The process is gone: nothing is sent from here any more.
        (void)e.reason();
        throw;
      }
      (void)parent;
    });
    auto ref = monitor(caller);
    for (;;) {
      const std::size_t waiting = co_await s.call<bank::waiting>();
      if (waiting == 1) break;
      co_await sleep(1ms);
    }
    exit(caller, exit_reason::kill());
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    CHECK(down.reason.is("killed"));
    co_await stop(s);
  });
}

TEST_CASE("call_blocking elsewhere is refused") {
  sim::in_all_worlds([]() -> task<> {
    CHECK_THROWS_AS(call_blocking<bank::balance>("bank", 1), std::logic_error);
    co_return;
  });
  CHECK_THROWS_AS(call_blocking<bank::balance>(pid{}, 1), std::logic_error);
}
