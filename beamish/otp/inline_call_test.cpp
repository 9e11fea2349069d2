// SPDX-License-Identifier: Apache-2.0
//
// Calls whose callee runs on the caller's worker: nobody can tell, but by the clock.
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/current.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

// Tells whether it runs inside of its caller's turn, and how deep.
struct callee : gen_server<callee> {
  struct depth {
    using reply = int;
  };
  struct add {
    int value;
  };
  struct sum {
    using reply = int;
  };
  struct nested {
    using reply = int;
    std::vector<server<callee>> rest;
  };
  struct kill_caller {
    using reply = int;
    pid caller;
  };
  struct dawdle {
    using reply = int;
    std::chrono::milliseconds time;
  };
  struct wait_then_answer {
    using reply = int;
  };
  using messages = accepts<depth, add, sum, nested, kill_caller, dawdle, wait_then_answer>;
  int total = 0;

  int handle_call(depth&) { return detail::current_context()->inline_depth; }
  void handle_cast(add& m) { total = total * 10 + m.value; }
  int handle_call(sum&) { return total; }
  task<int> handle_call(nested& m) {
    const int here = detail::current_context()->inline_depth;
    if (m.rest.empty()) co_return here;
    server<callee> next = m.rest.back();
    m.rest.pop_back();
    const int deeper = co_await next.call<nested>(m.rest);
    co_return std::max(here, deeper);
  }
  int handle_call(kill_caller& m) {
    exit(m.caller, exit_reason::kill());
    return 1;
  }
  int handle_call(dawdle& m) {
    // Holds its worker until that time has passed.
    const auto end = now() + m.time;
    while (now() < end) continue;
    return 1;
  }
  task<int> handle_call(wait_then_answer&) {
    co_await sleep(2ms);
    co_return detail::current_context()->inline_depth;
  }
};

task<std::size_t> queue_length() {
  auto mine = process_info(self());
  auto info = co_await mine;
  co_return info->message_queue_len;
}

}  // namespace

TEST_CASE("an idle server may run inside of its caller; in simulation both ways happen") {
  int inlined = 0, queued = 0;
  sim::in_simulation([&]() -> task<> {
    auto s = co_await start<callee>();
    for (int i = 0; i < 4; ++i) {
      const int depth = co_await s.call<callee::depth>();
      CHECK(depth <= 1);
      ++(depth == 1 ? inlined : queued);
    }
    co_await stop(s);
  });
  // A single seed may see one way only.
  if (inlined + queued > 40) {
    CHECK(inlined > 0);
    CHECK(queued > 0);
  }
}

TEST_CASE("casts and then a call to an idle server keep their order") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<callee>();
    for (int i = 1; i < 6; ++i) s.cast<callee::add>(i);
    const int sum = co_await s.call<callee::sum>();
    CHECK(sum == 12345);
    co_await stop(s);
  });
}

TEST_CASE("a chain of calls is inlined up to a depth, and answered beyond it") {
  sim::in_all_worlds([]() -> task<> {
    std::vector<server<callee>> chain;
    for (int i = 0; i < 10; ++i) {
      auto s = co_await start<callee>();
      chain.push_back(s);
    }
    auto first = chain.back();
    auto rest = chain;
    rest.pop_back();
    const int deepest = co_await first.call<callee::nested>(rest);
    CHECK(deepest <= 4);
    for (auto s : chain) co_await stop(s);
  });
}

TEST_CASE("an inlined callback that waits becomes a queued call") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<callee>();
    spawn([s, parent = self()]() -> task<> {
      const int depth = co_await s.call<callee::wait_then_answer>();
      send(parent, depth);
    });
    // This process runs while the other two wait.
    const int depth = co_await receive<int>();
    CHECK(depth == 0);
    const int sum = co_await s.call<callee::sum>();
    CHECK(sum == 0);
    co_await stop(s);
  });
}

TEST_CASE("a caller that is killed by the server it runs inline ends; the server goes on") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<callee>();
    auto caller = spawn_monitor([s, parent = self()]() -> task<> {
      const int answer = co_await s.call<callee::kill_caller>(self());
      // The signal takes effect when the process looks at its mailbox.
      co_await sleep(1h);
      send(parent, answer);
    });
    auto down = co_await receive<down_message>();
    CHECK(down.id == caller.id);
    CHECK(down.reason.is("killed"));
    const int sum = co_await s.call<callee::sum>();
    CHECK(sum == 0);
    auto nothing = co_await receive<int>(0ms);
    CHECK(!nothing);
    co_await stop(s);
  });
}

TEST_CASE("a callee that is busy does not keep its caller beyond the timeout") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<callee>();
    auto busy = spawn_monitor([s]() -> task<> {
      auto answer = co_await s.try_call<callee::wait_then_answer>(within(1us));
      CHECK(!answer.ok());
    });
    auto down = co_await receive<down_message>();
    CHECK(down.id == busy.id);
    CHECK(down.reason.is_normal());
    co_await stop(s);
  });
}

TEST_CASE("a deadline that passed inside an inlined callback: timeout, and the reply is dropped") {
  sim::in_real_world([]() -> task<> {
    auto s = co_await start<callee>();
    for (int i = 0; i < 3; ++i) {
      auto late = co_await s.try_call<callee::dawdle>(within(100ms), 130ms);
      REQUIRE(!late.ok());
      CHECK(late.reason().value().elements()[0] == term(atom("timeout")));
      const int sum = co_await s.call<callee::sum>();
      CHECK(sum == 0);
      const std::size_t left = co_await queue_length();
      CHECK(left == 0);
    }
    co_await stop(s);
  });
}
