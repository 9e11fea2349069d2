// SPDX-License-Identifier: Apache-2.0
//
// What is seen of a process from outside, and how it is told; servers: otp/late_calls_test.cpp.
#include "beamish/runtime/activity.hpp"

#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/spawn.hpp"
#include "beamish/runtime/thread_body.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

TEST_CASE("a process that is no server is seen as such, and goes on as before") {
  sim::in_all_worlds([](sim::world& w) -> task<> {
    const pid p = spawn([to = self()]() -> task<> {
      const int got = co_await receive<int>();
      send(to, got);
    });
    co_await w.eventually("it waits", 1min,
                          [&] { return !detail::activity_of(p).waits_for.empty(); });
    const server_activity a = detail::activity_of(p);
    CHECK(a.what == server_activity::kind::no_server);
    CHECK(a.process == p);
    CHECK(a.waits_for == "int");
    CHECK(a.message_queue_len == std::size_t{0});
    send(p, 7);
    const int got = co_await receive<int>();
    CHECK(got == 7);
  });
}

TEST_CASE("one that has ended is gone; a thread body takes no calls") {
  sim::in_all_worlds([]() -> task<> {
    auto dead = spawn_monitor([] {});
    co_await receive<down_message>();
    CHECK(detail::activity_of(dead.process).what == server_activity::kind::gone);
    CHECK(detail::activity_of(pid{}).what == server_activity::kind::gone);
    const pid t = spawn_thread([to = self()] {
      send(to, 1);
      receive_blocking<int>();
    });
    co_await receive<int>();
    CHECK(detail::activity_of(t).what == server_activity::kind::no_server);
    send(t, 1);
  });
}

TEST_CASE("a late call is told in one sentence, and its reason stays as it is") {
  server_activity a;
  a.process = pid{1, 5, 0};
  a.initial_call = "library";
  a.what = server_activity::kind::inside;
  a.callback = "handle_call";
  a.message = "get_all_books";
  a.since = 5s;
  a.waited = 5s;
  a.waits_for = "a reply of #PID<0.6.0>";
  a.message_queue_len = 3;
  const std::string who = inspect(term(a.process));
  CHECK(inspect(a) == "after 5000 ms " + who +
                          " (library) has been in handle_call(get_all_books) for 5000 ms, "
                          "waiting for a reply of #PID<0.6.0>; 3 messages are queued");
  a.waits_for.clear();
  a.message_queue_len.reset();
  a.by_deadline = true;
  CHECK(inspect(a) == "after 5000 ms, all that a deadline had left, " + who +
                          " (library) has been in handle_call(get_all_books) for 5000 ms, running");
  const exit_reason plain(atom("timeout"));
  const exit_reason late = detail::late_call(term(atom("timeout")), pid{}, {5ms});
  CHECK(late == plain);
  CHECK(late.exception() == nullptr);
  CHECK(plain.server_was() == nullptr);
  const exit_reason copy = late;
  REQUIRE(copy.server_was() != nullptr);
  CHECK(copy.server_was()->waited == 5ms);
  CHECK(copy.server_was()->what == server_activity::kind::gone);
}
