// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/deadline.hpp"

#include "beamish/otp/call_blocking.hpp"
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/requests.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/clock.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/runtime/thread_body.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

using left = std::optional<duration>;

// Passes a question on along a way of servers; the last one sleeps.
struct stage : gen_server<stage> {
  struct ask {
    using reply = left;  // what the last one had left
    std::vector<pid> way;
    duration takes;
  };
  struct how_long {};
  struct count {
    using reply = int;
  };
  struct inherit {
    using reply = void;
  };
  using messages = accepts<ask, how_long, count, inherit>;
  pid owner;
  server<stage> other;
  int handled = 0;

  void init(pid o) { owner = o; }
  task<left> handle_call(ask& m) {
    ++handled;
    const duration takes = m.takes;
    if (m.way.empty()) {
      const left mine = deadline_left();
      co_await beamish::sleep(takes);
      co_return mine;
    }
    auto rest = m.way;
    const pid next = rest.front();
    rest.erase(rest.begin());
    const auto began = now();
    auto got = co_await try_call<ask>(within(5s), next, rest, takes);
    send(owner, std::pair<duration, exit_reason>(now() - began, got.reason()));
    co_return got.ok() ? *got : left();
  }
  int handle_call(count&) { return handled; }
  void handle_cast(how_long&) { send(owner, deadline_left()); }
  void handle_call(inherit&, from<inherit> f) {
    send(owner, deadline_left());
    cast<how_long>(self());
    spawn([to = owner] { send(to, deadline_left().has_value()); });
    f.reply();
  }
  void terminate() { send(owner, deadline_left()); }
};

using report = std::pair<duration, exit_reason>;

}  // namespace

TEST_CASE("a deadline is that of each call which is made to answer the first") {
  sim::in_all_worlds(
      []() -> task<> {
        auto a = co_await start<stage>(self());
        auto b = co_await start<stage>(self());
        auto c = co_await start<stage>(self());
        std::vector<pid> way{b, c};
        const auto began = now();
        auto late = co_await a.try_call<stage::ask>(deadline(40ms), way, duration(200ms));
        CHECK(now() - began >= 40ms);
        // Those below may be the first to hear of it, and answer that they have nothing.
        const bool heard = late.ok() && !late->has_value();
        const bool timed_out = !late.ok() && late.reason().server_was() != nullptr;
        CHECK((heard || timed_out));
        for (int i = 0; i < 2; ++i) {
          const report r = co_await receive<report>();
          CHECK(r.first < 200ms);              // and not its own limit, nor what the last takes
          if (r.second.is_normal()) continue;  // it heard in the same moment
          REQUIRE(r.second.server_was() != nullptr);
          CHECK(r.second.server_was()->by_deadline);
          CHECK(r.second.server_was()->waited <= 40ms);
          // The limit that it had asked for.
          CHECK(inspect(r.second).find(", 5000]}}") != std::string::npos);
        }
        auto in_time = co_await a.try_call<stage::ask>(deadline(60s), way, duration(0));
        // The last is still asleep, and drops nothing that has time.
        REQUIRE(in_time.ok());
        REQUIRE(in_time->has_value());
        CHECK(**in_time <= 60s);
        CHECK(**in_time > 0s);
        auto plain = co_await a.try_call<stage::ask>(within(60s), way, duration(0));
        REQUIRE(plain.ok());
        CHECK(!plain->has_value());
        for (const pid p : {a.process(), b.process(), c.process()}) {
          co_await stop(p);
          const left at_end = co_await receive<left>();
          CHECK(!at_end.has_value());
        }
      },
      {.leftovers = true});
}

TEST_CASE("a request whose deadline has passed in the queue never reaches its callback") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<stage>(self());
    auto busy = send_request<stage::ask>(s, std::vector<pid>{}, duration(30ms));
    auto expired = co_await s.try_call<stage::ask>(deadline(5ms), std::vector<pid>{}, duration(0));
    CHECK(!expired.ok());
    auto late = co_await s.try_call<stage::ask>(within(5ms), std::vector<pid>{}, duration(0));
    CHECK(!late.ok());
    auto done = co_await receive_response(busy);
    CHECK(done.ok());
    auto handled = co_await s.call<stage::count>();
    CHECK(handled == 2);  // the first, and the one that was only late
    auto asked = process_info(s);
    auto info = co_await asked;
    CHECK(info->expired_requests == 1);
    co_await stop(s);
    co_await receive<left>();
  });
}

namespace {

// Uses up its time before it calls.
struct late_riser : gen_server<late_riser> {
  struct ask {
    using reply = void;
    pid to;
  };
  using messages = accepts<ask>;
  pid owner;
  void init(pid o) { owner = o; }
  task<> handle_call(ask& m) {
    const pid to = m.to;
    co_await beamish::sleep(20ms);
    const auto began = now();
    auto got = co_await try_call<stage::count>(to);
    send(owner, report(now() - began, got.reason()));
    send(owner, deadline_left());
  }
};

}  // namespace

TEST_CASE("with no time left a call fails at once, and is not sent") {
  sim::in_simulation([]() -> task<> {
    auto s = co_await start<stage>(self());
    auto r = co_await start<late_riser>(self());
    auto got = co_await r.try_call<late_riser::ask>(deadline(5ms), s);
    CHECK(!got.ok());
    const report at_once = co_await receive<report>();
    CHECK(at_once.first == 0s);
    CHECK(at_once.second.value().elements()[0].is_atom("timeout"));
    const left nothing = co_await receive<left>();
    CHECK(nothing == left(0s));
    co_await stop(r);
    co_await stop(s);
    co_await receive<left>();
  });
}

TEST_CASE("casts, spawned processes and later messages don't inherit a deadline") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<stage>(self());
    co_await s.call<stage::inherit>(deadline(60s));
    const left in_callback = co_await receive<left>();
    CHECK(in_callback.has_value());
    const left in_cast = co_await receive<left>();
    CHECK(!in_cast.has_value());
    const bool in_spawned = co_await receive<bool>();
    CHECK(!in_spawned);
    CHECK(!deadline_left().has_value());
    co_await stop(s);
    const left at_end = co_await receive<left>();
    CHECK(!at_end.has_value());
  });
  CHECK(!deadline_left().has_value());
}

TEST_CASE("a thread body's call may have a deadline, too; infinity is none") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<stage>(self());
    spawn_thread([s, to = self()] {
      CHECK(!deadline_left().has_value());
      auto got = call_blocking<stage::ask>(deadline(60s), s, std::vector<pid>{}, duration(0));
      CHECK(got.has_value());
      auto none = call_blocking<stage::ask>(deadline(infinity), s, std::vector<pid>{}, duration(0));
      CHECK(!none.has_value());
      send(to, 1);
    });
    co_await receive<int>();
    co_await stop(s);
    co_await receive<left>();
  });
}
