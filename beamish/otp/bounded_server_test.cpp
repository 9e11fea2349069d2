// SPDX-License-Identifier: Apache-2.0
//
// Servers with bounded mailboxes.
#include "beamish/otp/call_blocking.hpp"
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/node_calls.hpp"
#include "beamish/otp/requests.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/clock.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/runtime/thread_body.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

// Adds up; a rest keeps it busy.
struct adder : gen_server<adder> {
  struct add {
    int amount;
  };
  struct rest {
    duration time;
    pid who;  // is told when it begins
  };
  struct total {
    using reply = int;
  };
  struct turn {
    using reply = int;
  };
  using messages = accepts<add, rest, total, turn>;
  int sum = 0, turns = 0;
  void handle_cast(add& m) { sum += m.amount; }
  task<> handle_cast(rest& m) {
    const duration time = m.time;
    send(m.who, true);
    co_await beamish::sleep(time);
  }
  int handle_call(total&) { return sum; }
  int handle_call(turn&) { return ++turns; }
};

const start_options two_and_reject{.mailbox = {.messages = 2, .when_full = overflow::reject}};
const start_options two_and_wait{.mailbox = {.messages = 2, .when_full = overflow::wait}};

// Rests, with `count` casts behind it.
task<server<adder>> start_busy(start_options options, int count) {
  auto s = co_await start<adder>(options);
  s.cast<adder::rest>(1h, self());
  co_await receive<bool>();
  for (int i = 0; i < count; ++i) CHECK(s.cast<adder::add>(1).accepted());
  co_return s;
}

}  // namespace

TEST_CASE("a call to a full mailbox fails at once, and a cast is refused") {
  sim::in_simulation([]() -> task<> {
    auto s = co_await start_busy(two_and_reject, 2);
    const auto began = monotonic_time();
    auto got = co_await s.try_call<adder::total>();
    CHECK(monotonic_time() - began < 1ms);
    REQUIRE_FALSE(got.ok());
    CHECK(got.reason().value().elements()[0] == atom("mailbox_full"));
    CHECK_FALSE(s.cast<adder::add>(1).accepted());
    // When it comes back to work there is room.
    co_await sleep(2h);
    int sum = co_await s.call<adder::total>();
    CHECK(sum == 2);
    auto info = co_await process_info(s);
    CHECK(info->refused_messages == 2);
    co_await stop(s);
  });
}

TEST_CASE("a call to a mailbox whose senders wait is let in in its turn") {
  sim::in_simulation([]() -> task<> {
    auto s = co_await start_busy(two_and_wait, 2);
    int sum = co_await s.call<adder::total>(within(infinity));
    CHECK(sum == 2);
    co_await stop(s);
  });
}

TEST_CASE("callers that wait for room are let in in the order of coming") {
  // In the real world, where what one process sends arrives at once.
  sim::in_real_world([]() -> task<> {
    auto s = co_await start<adder>(two_and_wait);
    co_await sys::suspend(s);
    for (int i = 0; i < 2; ++i) CHECK(s.cast<adder::add>(1).accepted());
    const pid p = s;
    for (int i = 1; i <= 4; ++i) {
      const pid client = spawn([p, owner = self(), i]() -> task<> {
        const int turn = co_await call<adder::turn>(within(infinity), p);
        send(owner, std::pair<int, int>(i, turn));
      });
      auto stands = co_await process_info(client);
      while (stands && stands->waits_for.empty()) stands = co_await process_info(client);
    }
    co_await sys::resume(s);
    for (int i = 0; i < 4; ++i) {
      auto next = co_await receive<std::pair<int, int>>();
      CHECK(next.first == next.second);
    }
    co_await stop(s);
  });
}

TEST_CASE("a call that waits for room runs out of time, and what comes later keeps its place") {
  sim::in_simulation([]() -> task<> {
    auto s = co_await start_busy(two_and_wait, 2);
    auto got = co_await s.try_call<adder::total>(within(1s));
    REQUIRE_FALSE(got.ok());
    CHECK(got.reason().value().elements()[0] == atom("timeout"));
    bool sent = co_await s.cast<adder::add>(5);
    CHECK(sent);
    int sum = co_await s.call<adder::total>(within(infinity));
    CHECK(sum == 7);
    co_await stop(s);
  });
}

TEST_CASE("a request that nobody awaits yet can't wait for room") {
  sim::in_simulation([]() -> task<> {
    auto s = co_await start_busy(two_and_wait, 2);
    auto request = send_request<adder::total>(s);
    auto got = co_await receive_response(request);
    REQUIRE_FALSE(got.ok());
    CHECK(got.reason().value().elements()[0] == atom("mailbox_full"));
    exit(s, exit_reason::kill());
  });
}

TEST_CASE("callers in line hear why the server ended") {
  sim::in_simulation([]() -> task<> {
    auto s = co_await start_busy(two_and_wait, 2);
    const pid p = s;
    spawn([p]() -> task<> {
      co_await sleep(1s);
      exit(p, exit_reason(atom("broken")));
    });
    auto got = co_await s.try_call<adder::total>();
    REQUIRE_FALSE(got.ok());
    CHECK(got.reason().value().elements()[0] == atom("broken"));
  });
}

TEST_CASE("system messages pass a full mailbox") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<adder>(two_and_reject);
    co_await sys::suspend(s);
    CHECK(s.cast<adder::add>(1).accepted());
    CHECK(s.cast<adder::add>(1).accepted());
    CHECK_FALSE(s.cast<adder::add>(1).accepted());
    term status = co_await sys::get_state(s);
    (void)status;
    co_await sys::resume(s);
    int sum = co_await s.call<adder::total>();
    CHECK(sum == 2);
    co_await stop(s);
  });
}

TEST_CASE("thread bodies and threads from outside wait for room with their calls") {
  sim::in_real_world([]() -> task<> {
    auto s = co_await start<adder>(two_and_wait);
    const pid p = s;
    const pid owner = self();
    for (int t = 0; t < 3; ++t) {
      spawn_thread([p, owner] {
        for (int i = 0; i < 200; ++i) {
          CHECK(cast<adder::add>(p, 1).wait());
          (void)call_blocking<adder::total>(within(infinity), p);
        }
        send(owner, 1);
      });
      spawn([p, owner]() -> task<> {
        for (int i = 0; i < 200; ++i) {
          bool sent = co_await cast<adder::add>(p, 1);
          CHECK(sent);
          int sum = co_await call<adder::total>(within(infinity), p);
          CHECK(sum > 0);
        }
        send(owner, 1);
      });
    }
    for (int i = 0; i < 6; ++i) co_await receive<int>();
    int sum = co_await s.call<adder::total>();
    CHECK(sum == 1200);
    auto info = co_await process_info(s);
    CHECK(info->refused_messages == 0);
    co_await stop(s);
  });
}

TEST_CASE("a server with a mailbox for no messages does not start") {
  sim::in_all_worlds([]() -> task<> {
    bool refused = false;
    try {
      const start_options none{.mailbox = {.messages = 0}};
      co_await start<adder>(none);
    } catch (const argument_error&) {
      refused = true;
    }
    CHECK(refused);
  });
}
