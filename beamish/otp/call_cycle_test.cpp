// SPDX-License-Identifier: Apache-2.0
//
// In thousands of schedules and with faults: tests/sim/cycles.cpp.
#include "beamish/otp/call_cycle.hpp"

#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct found {
  pid by;
  exit_reason why;
};

// Calls the next of its way; tells its owner of calls that fail.
struct member : gen_server<member> {
  struct pass {
    using reply = int;
    std::vector<pid> way;
    duration limit;
  };
  struct pass_or_exit {
    using reply = int;
    std::vector<pid> way;
  };
  struct hand_over {  // somebody else will answer
    using reply = int;
    pid next;
    duration limit;
    duration answered_after;
  };
  struct start_over {
    using reply = int;
    pid to;
    duration limit;
    duration answered_after;
  };
  using messages = accepts<pass, pass_or_exit, hand_over, start_over>;
  pid owner;
  void init(pid o) { owner = o; }

  task<int> handle_call(pass& m) {
    if (m.way.empty()) co_return 1;
    auto rest = m.way;
    const pid next = rest.front();
    rest.erase(rest.begin());
    const duration limit = m.limit;
    auto got = co_await try_call<pass>(within(limit), next, rest, limit);
    if (!got.ok()) send(owner, found{self(), got.reason()});
    co_return got.ok() ? *got : -1;
  }
  task<int> handle_call(pass_or_exit& m) {
    if (m.way.empty()) co_return 1;
    auto rest = m.way;
    const pid next = rest.front();
    rest.erase(rest.begin());
    co_return co_await call<pass_or_exit>(within(infinity), next, rest);
  }
  task<> handle_call(hand_over& m, from<hand_over> f) {
    spawn([f = std::move(f), wait = m.answered_after]() mutable -> task<> {
      co_await beamish::sleep(wait);
      f.reply(1);
    });
    const pid next = m.next;
    const duration limit = m.limit;
    auto got = co_await try_call<pass>(within(limit), next, std::vector<pid>{}, limit);
    if (!got.ok()) send(owner, found{self(), got.reason()});
  }
  task<int> handle_call(start_over& m) {
    const pid to = m.to;
    const duration limit = m.limit, after = m.answered_after;
    co_return co_await call<hand_over>(within(infinity), to, self(), limit, after);
  }
};

term cause(const exit_reason& r) { return r.value().elements()[0]; }

std::size_t suspicions(sim::world& w) {
  std::size_t n = 0;
  for (const log_entry& e : w.log()) n += e.text.find("suspected cycle of calls") != e.text.npos;
  return n;
}

}  // namespace

TEST_CASE("the call that closes a cycle exits at once with the cycle, and only that one") {
  for (const std::size_t size : {std::size_t{2}, std::size_t{3}, std::size_t{7}}) {
    sim::in_all_worlds([size](sim::world& w) -> task<> {
      std::vector<pid> all;
      for (std::size_t i = 0; i < size; ++i) {
        auto s = co_await start<member>(self());
        all.push_back(s);
      }
      std::vector<pid> way(all.begin() + 1, all.end());
      way.push_back(all[0]);
      auto got = co_await try_call<member::pass>(within(infinity), all[0], way, infinity);
      CHECK(got.ok());
      CHECK(*got == -1);
      const found one = co_await receive<found>();
      const term why = cause(one.why);
      REQUIRE(why.is_tuple());
      CHECK(why.elements()[0].is_atom("calling_cycle"));
      const auto pids = why.elements()[1].elements();
      REQUIRE(pids.size() == size);
      CHECK(pids[0] == term(one.by));
      // In the order of the calls, from whichever closed it.
      std::size_t at = 0;
      while (at < size && !(pids[0] == term(all[at]))) ++at;
      REQUIRE(at < size);
      for (std::size_t i = 0; i < size; ++i) CHECK(pids[i] == term(all[(at + i) % size]));
      auto second = co_await receive<found>(0s);
      CHECK(!second.has_value());
      CHECK(suspicions(w) == 0);
      for (const pid p : all) co_await stop(p);
    });
  }
}

TEST_CASE("a server that does not take the failure as a value ends by it, and its callers hear") {
  sim::in_all_worlds([]() -> task<> {
    auto a = co_await start<member>(self());
    auto b = co_await start<member>(self());
    const std::vector<pid> way{b.process(), a.process()};
    auto got = co_await a.try_call<member::pass_or_exit>(within(infinity), way);
    REQUIRE(!got.ok());
    const std::string text = inspect(got.reason());
    CHECK(text.find("{{:calling_cycle, [#PID<") != std::string::npos);
    CHECK(text.find("{:gen_server, :call, [#PID<") != std::string::npos);
    const auto id = monitor(a);
    co_await receive_if<down_message>([&id](const down_message& d) { return d.id == id; });
  });
}

TEST_CASE("what somebody else may answer is only suspected: logged after a second, and no exit") {
  sim::in_simulation([](sim::world& w) -> task<> {
    auto a = co_await start<member>(self());
    auto b = co_await start<member>(self());
    // b waits for a for up to 2 s, and a for b, whose helper answers after 3 s.
    auto got = co_await a.call<member::start_over>(within(infinity), b, duration(2s), duration(3s));
    CHECK(got == 1);
    const found late = co_await receive<found>();
    CHECK(late.by == b.process());
    CHECK(cause(late.why).is_atom("timeout"));
    CHECK(suspicions(w) == 1);
    co_await stop(a);
    co_await stop(b);
  });
}

TEST_CASE("a circle that somebody else opens in time is no cycle") {
  sim::in_all_worlds([](sim::world& w) -> task<> {
    auto a = co_await start<member>(self());
    auto b = co_await start<member>(self());
    auto got = co_await a.call<member::start_over>(within(infinity), b, infinity, duration(10ms));
    CHECK(got == 1);
    co_await stop(a);
    co_await stop(b);
    auto failed = co_await receive<found>(0s);
    CHECK(!failed.has_value());
    CHECK(suspicions(w) == 0);
  });
}
