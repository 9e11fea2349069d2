// SPDX-License-Identifier: Apache-2.0
//
// The clocks of an idle server: what its callbacks' results ask for, and hibernation.
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

// Returns the timeouts that it is asked for and tells its owner when they are over.
struct alarm_clock : gen_server<alarm_clock> {
  struct arm {
    using reply = int;
    std::chrono::milliseconds time;
  };
  struct arm_by_cast {
    std::chrono::milliseconds time;
  };
  struct arm_by_info {
    std::chrono::milliseconds time;
  };
  struct arm_by_continue {
    std::chrono::milliseconds time;
  };
  struct plain {};
  struct rest {};
  struct count {
    using reply = int;
  };
  using messages = accepts<arm, arm_by_cast, arm_by_info, arm_by_continue, plain, rest, count>;
  pid owner;
  int plains = 0;

  init_result init(pid o, std::chrono::milliseconds first) {
    owner = o;
    return first.count() < 0 ? ok() : ok().timeout(first);
  }
  call_result<arm> handle_call(arm& m) { return reply(1).timeout(m.time); }
  outcome handle_cast(arm_by_cast& m) { return noreply().timeout(m.time); }
  outcome handle_info(arm_by_info& m) { return noreply().timeout(m.time); }
  outcome handle_cast(arm_by_continue& m) { return noreply().then(m); }
  outcome handle_continue(arm_by_continue& m) { return noreply().timeout(m.time); }
  void handle_cast(plain&) { ++plains; }
  outcome handle_cast(rest&) { return noreply().hibernate(); }
  int handle_call(count&) { return plains; }
  void handle_info(timeout_message&) { send(owner, plains); }
};

task<bool> hibernates(pid p) {
  auto asked = process_info(p);
  auto info = co_await asked;
  co_return info->status == process_status::hibernating;
}

}  // namespace

TEST_CASE("G30 a returned timeout calls handle_info(timeout) if nothing comes: in every callback") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<alarm_clock>(self(), 2ms);
    co_await receive<int>();
    const int replied = co_await s.call<alarm_clock::arm>(3ms);
    CHECK(replied == 1);
    co_await receive<int>();
    s.cast<alarm_clock::arm_by_cast>(1ms);
    co_await receive<int>();
    send<alarm_clock::arm_by_info>(s, 1ms);
    co_await receive<int>();
    s.cast<alarm_clock::arm_by_continue>(1ms);
    co_await receive<int>();
    co_await stop(s);
  });
}

TEST_CASE("G30 the timeout comes when its time is over, not before") {
  sim::in_simulation([]() -> task<> {
    auto s = co_await start<alarm_clock>(self(), -1ms);
    const auto begin = now();
    s.cast<alarm_clock::arm_by_cast>(250ms);
    co_await receive<int>();
    CHECK(now() - begin == 250ms);
    co_await stop(s);
  });
}

TEST_CASE("G31 a message that comes first cancels the timeout, which must be returned again") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<alarm_clock>(self(), -1ms);
    co_await sys::suspend(s);
    s.cast<alarm_clock::arm_by_cast>(5ms);
    s.cast<alarm_clock::plain>();
    // Both wait in the mailbox when the first is handled.
    co_await sys::resume(s);
    auto fired = co_await receive<int>(30ms);
    CHECK(!fired);
    s.cast<alarm_clock::arm_by_cast>(1ms);
    const int plains = co_await receive<int>();
    CHECK(plains == 1);
    auto again = co_await receive<int>(20ms);
    CHECK(!again);
    co_await stop(s);
  });
}

TEST_CASE("a system message does not cancel the timeout: its clock begins anew") {
  sim::in_simulation([]() -> task<> {
    auto s = co_await start<alarm_clock>(self(), -1ms);
    s.cast<alarm_clock::arm_by_cast>(10ms);
    auto state = co_await sys::get_state(s);
    (void)state;
    co_await receive<int>();
    s.cast<alarm_clock::arm_by_cast>(10ms);
    co_await sys::suspend(s);
    auto fired = co_await receive<int>(40ms);
    CHECK(!fired);
    co_await sys::resume(s);
    co_await receive<int>();
    co_await stop(s);
  });
}

TEST_CASE("G32 a timeout of 0 lets a queued message win") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<alarm_clock>(self(), -1ms);
    co_await sys::suspend(s);
    s.cast<alarm_clock::arm_by_cast>(0ms);
    s.cast<alarm_clock::plain>();
    s.cast<alarm_clock::arm_by_cast>(0ms);
    // All three were sent before: they are in the mailbox when the first is handled.
    co_await sys::resume(s);
    const int plains = co_await receive<int>();
    CHECK(plains == 1);
    auto again = co_await receive<int>(20ms);
    CHECK(!again);
    co_await stop(s);
  });
}

TEST_CASE(
    "G51 an idle server hibernates by itself after hibernate_after, and wakes for a message") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    auto s = co_await start<alarm_clock>({.hibernate_after = 5ms}, self(), -1ms);
    for (int round = 0; round < 2; ++round) {
      bool asleep = false;
      while (!asleep) {
        co_await sleep(2ms);
        asleep = co_await hibernates(s);
      }
      s.cast<alarm_clock::plain>();
      const int plains = co_await s.call<alarm_clock::count>();
      CHECK(plains == round + 1);
      asleep = co_await hibernates(s);
      // On real threads 5 ms may have passed again.
      if (place.simulated()) CHECK(!asleep);
    }
    co_await stop(s);
  });
}

TEST_CASE("a callback may say hibernate; a timeout of its own goes before hibernate_after") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<alarm_clock>({.hibernate_after = 1ms}, self(), -1ms);
    s.cast<alarm_clock::rest>();
    bool asleep = false;
    while (!asleep) {
      co_await sleep(1ms);
      asleep = co_await hibernates(s);
    }
    s.cast<alarm_clock::arm_by_cast>(10ms);
    co_await receive<int>();
    co_await stop(s);
  });
}
