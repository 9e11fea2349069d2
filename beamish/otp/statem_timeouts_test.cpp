// SPDX-License-Identifier: Apache-2.0
//
// The timeouts of a state machine: what cancels which, and what changes them.
#include "beamish/otp/gen_statem.hpp"
#include "beamish/otp/statem_cases.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace beamish::cases;
using namespace std::chrono_literals;

namespace {

// What the machine has noted but for its entering of states.
task<strings> events_of(server<gate> g) {
  strings log = co_await g.call<gate::read>();
  std::erase_if(log, [](const std::string& line) { return line.starts_with("enter"); });
  co_return log;
}

struct postponing : gen_statem<postponing> {
  struct first {};
  struct second {};
  using states = std::variant<first, second>;
  struct go {};
  struct read {
    using reply = int;
  };
  using messages = accepts<go, read>;
  int heard = 0;
  init_result init() { return start_in(first{}).state_timeout(1ms); }
  transition handle_timeout(first&, state_timeout_message&) { return keep_state().postpone(); }
  void handle_timeout(second&, state_timeout_message&) { ++heard; }
  transition handle_cast(go&) { return next_state(second{}); }
  int handle_call(read&) { return heard; }
};

}  // namespace

TEST_CASE("M3 a state timeout outlives events, and ends with its state") {
  sim::in_all_worlds([]() -> task<> {
    auto g = co_await start<gate>();
    tell(g, [](gate&) { return gate::keep_state().state_timeout(20ms, gate::ring{1}); });
    co_await sleep(1ms);
    tell(g, [](gate&) { return gate::keep_state(); });
    co_await sleep(50ms);
    strings rung = co_await events_of(g);
    CHECK(rung == strings{"ring 1"});
    tell(g, [](gate&) { return gate::keep_state().state_timeout(20ms, gate::ring{2}); });
    g.cast<gate::turn>(0);  // no change
    g.cast<gate::turn>(2);
    co_await sleep(50ms);
    strings same = co_await events_of(g);
    CHECK(same == strings{"ring 1"});
    // One that begins with the change belongs to the new state.
    tell(g, [](gate&) { return gate::next_state(gate::half{}).state_timeout(1ms); });
    co_await sleep(50ms);
    strings fresh = co_await events_of(g);
    CHECK(fresh == strings{"ring 1", "state timeout"});
    co_await stop(g);
  });
}

TEST_CASE("M3 an event timeout is cancelled by any event, of whatever kind") {
  sim::in_all_worlds([]() -> task<> {
    auto g = co_await start<gate>();
    tell(g, [](gate&) { return gate::keep_state().event_timeout(1ms); });
    co_await sleep(20ms);
    strings rung = co_await events_of(g);
    CHECK(rung == strings{"event timeout"});
    tell(g, [](gate&) { return gate::keep_state().event_timeout(20ms, gate::ring{1}); });
    co_await g.call<gate::read>();
    co_await sleep(50ms);
    strings by_call = co_await events_of(g);
    CHECK(by_call == strings{"event timeout"});
    // Another timeout is an event; a system message is none.
    tell(g, [](gate&) {
      return gate::keep_state().event_timeout(20ms, gate::ring{2}).timeout("a", 1ms);
    });
    co_await sleep(50ms);
    tell(g, [](gate&) { return gate::keep_state().event_timeout(20ms, gate::ring{3}); });
    co_await sys::get_state(g);
    co_await sleep(50ms);
    strings last = co_await events_of(g);
    CHECK(last == strings{"event timeout", ":a", "ring 3"});
    co_await stop(g);
  });
}

TEST_CASE("M3 a generic timeout is cancelled by its name alone") {
  sim::in_all_worlds([]() -> task<> {
    auto g = co_await start<gate>();
    tell(g, [](gate&) {
      return gate::keep_state()
          .timeout("a", 20ms, gate::ring{1})
          .timeout("b", 30ms, gate::ring{2})
          .timeout(tuple(atom("c"), 1), 40ms);
    });
    g.cast<gate::turn>(2);
    tell(g, [](gate&) { return gate::keep_state().cancel_timeout("b").cancel_timeout("none"); });
    co_await sleep(100ms);
    strings log = co_await events_of(g);
    CHECK(log == strings{"ring 1", "{:c, 1}"});
    co_await stop(g);
  });
}

TEST_CASE("M3 the same name begins anew, without end cancels, and others go on beside it") {
  sim::in_all_worlds([]() -> task<> {
    auto g = co_await start<gate>();
    tell(g, [](gate&) {
      return gate::keep_state()
          .timeout("a", 5ms, gate::ring{1})
          .timeout("b", 40ms, gate::ring{2})
          .timeout("a", 20ms, gate::ring{3})
          .state_timeout(5ms, gate::ring{4})
          .state_timeout(infinity);
    });
    co_await sleep(100ms);
    strings log = co_await events_of(g);
    CHECK(log == strings{"ring 3", "ring 2"});
    co_await stop(g);
  });
}

TEST_CASE("M3 an update changes the event and not the time; where nothing runs it comes at once") {
  sim::in_all_worlds([]() -> task<> {
    auto g = co_await start<gate>();
    tell(g, [](gate&) {
      return gate::keep_state()
          .state_timeout(30ms, gate::ring{1})
          .timeout("a", 20ms, gate::ring{2})
          .update_state_timeout(gate::ring{3})
          .update_timeout("a", gate::ring{4})
          .update_timeout("b", gate::ring{5});
    });
    strings at_once = co_await events_of(g);
    CHECK(at_once == strings{"ring 5"});
    co_await sleep(100ms);
    strings log = co_await events_of(g);
    CHECK(log == strings{"ring 5", "ring 4", "ring 3"});
    tell(g, [](gate&) {
      return gate::keep_state().state_timeout(1ms, gate::ring{6}).cancel_state_timeout();
    });
    co_await sleep(20ms);
    strings same = co_await events_of(g);
    CHECK(same == strings{"ring 5", "ring 4", "ring 3"});
    co_await stop(g);
  });
}

TEST_CASE("M3 a timeout that waits in the mailbox when its state changes never comes") {
  sim::in_all_worlds([]() -> task<> {
    auto g = co_await start<gate>();
    auto rang = [](gate& m) { return std::erase(m.log, "ring 1") != 0; };
    for (bool late = true; late;) {  // until it is suspended within the millisecond
      tell(g, [](gate&) { return gate::keep_state().state_timeout(1ms, gate::ring{1}); });
      co_await g.call<gate::read>();
      co_await sys::suspend(g);
      late = co_await sys::with_state<gate>(g, rang);
      if (late) co_await sys::resume(g);
    }
    g.cast<gate::turn>(2);
    co_await sleep(20ms);  // its time is over: the change of state is older in the mailbox
    co_await sys::resume(g);
    strings log = co_await events_of(g);
    CHECK(log.empty());
    co_await stop(g);
  });
}

TEST_CASE("a timeout that is postponed comes again") {
  sim::in_all_worlds([]() -> task<> {
    auto p = co_await start<postponing>();
    co_await sleep(10ms);
    const int before = co_await p.call<postponing::read>();
    CHECK(before == 0);
    p.cast<postponing::go>();
    const int after = co_await p.call<postponing::read>();
    CHECK(after == 1);
    co_await stop(p);
  });
}
