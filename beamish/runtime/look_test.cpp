// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/look.hpp"

#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/spawn.hpp"
#include "beamish/runtime/thread_body.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;
using detail::look_at;
using detail::process_look;

TEST_CASE("a look at one that waits, at one that has gone, and at oneself") {
  sim::in_simulation([]() -> task<> {
    auto waiting = spawn_monitor([]() -> task<> {
      register_name("reader");
      trap_exits(true);
      co_await receive<int>();
    });
    while (look_at(waiting.process).state != process_look::state_kind::waits)
      co_await beamish::sleep(1ms);
    const process_look seen = look_at(waiting.process);
    CHECK(seen.registered_name == "reader");
    CHECK(seen.waits_for == "int");
    CHECK(seen.trap_exit);
    CHECK(seen.mailbox_length == 0);
    CHECK(!seen.initial_call.empty());
    CHECK(seen.stack.empty());
    CHECK(look_at(self()).state == process_look::state_kind::busy);
    send(waiting.process, 1);
    co_await receive<down_message>();
    CHECK(look_at(waiting.process).state == process_look::state_kind::gone);
    CHECK(look_at(waiting.process).registered_name.empty());
    CHECK(look_at(pid{}).state == process_look::state_kind::gone);
  });
}

TEST_CASE("a thread body is never held: only its name is known") {
  sim::in_real_world([]() -> task<> {
    auto thread = spawn_thread_monitor([] {
      register_name("thread");
      receive_blocking<int>();
    });
    while (!whereis("thread")) co_await beamish::sleep(1ms);
    for (int i = 0; i < 100; ++i) {
      const process_look seen = look_at(thread.process);
      CHECK(seen.state == process_look::state_kind::busy);
      CHECK(seen.initial_call.empty());
    }
    send(thread.process, 1);
    co_await receive<down_message>();
  });
}

TEST_CASE("what is looked at misses nothing that is sent to it meanwhile") {
  sim::in_real_world([]() -> task<> {
    constexpr int count = 20'000;
    auto sink = spawn_monitor([]() -> task<> {
      for (int i = 0; i < count; ++i) {
        const int got = co_await receive<int>();
        CHECK(got == i);
      }
    });
    auto looker = spawn_monitor([p = sink.process]() -> task<> {
      while (look_at(p).state != process_look::state_kind::gone) co_await beamish::sleep(0ms);
    });
    for (int i = 0; i < count; ++i) {
      send(sink.process, i);
      if (i % 64 == 0) co_await beamish::sleep(0ms);
    }
    co_await receive<down_message>();
    co_await receive<down_message>();
    (void)looker;
  });
}
