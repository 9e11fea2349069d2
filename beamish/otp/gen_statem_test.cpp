// SPDX-License-Identifier: Apache-2.0
//
// What a state machine does with its events: postponed, inserted, and as it enters a state.
#include "beamish/otp/gen_statem.hpp"

#include <functional>

#include "beamish/otp/requests.hpp"
#include "beamish/otp/statem_cases.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace beamish::cases;
using namespace std::chrono_literals;

TEST_CASE("M1 a postponed event comes again after a change of state, before newer ones") {
  sim::in_all_worlds([]() -> task<> {
    auto g = co_await start<gate>();
    g.cast<gate::item>(1);
    g.cast<gate::item>(2);
    g.cast<gate::turn>(2);
    g.cast<gate::item>(3);
    strings log = co_await log_of(g);
    CHECK(log == strings{"enter closed", "enter open", "item 1", "item 2", "item 3"});
    co_await stop(g);
  });
}

TEST_CASE("M1 without a change of state nothing that was postponed comes again") {
  sim::in_all_worlds([]() -> task<> {
    auto g = co_await start<gate>();
    g.cast<gate::item>(1);
    tell(g, [](gate&) { return gate::keep_state(); });
    tell(g, [](gate&) { return gate::next_state(gate::closed{}); });  // the same state
    tell(g, [](gate&) { return gate::repeat_state(); });
    strings before = co_await log_of(g);
    CHECK(before == strings{"enter closed", "enter closed"});
    g.cast<gate::turn>(2);
    strings after = co_await log_of(g);
    CHECK(after == strings{"enter closed", "enter closed", "enter open", "item 1"});
    co_await stop(g);
  });
}

TEST_CASE("M1 what is postponed twice, or by the event that changes the state, keeps its place") {
  sim::in_all_worlds([]() -> task<> {
    auto g = co_await start<gate>();
    for (int n = 1; n <= 4; ++n) g.cast<gate::item>(n);
    // Itself the youngest of those that come again; then it stays.
    tell(g, [turned = false](gate& me) mutable -> gate::transition {
      if (std::exchange(turned, true)) return me.note("again"), gate::keep_state();
      return gate::next_state(gate::half{}).postpone();
    });
    g.cast<gate::turn>(2);
    g.cast<gate::item>(5);
    strings log = co_await log_of(g);
    CHECK(log == strings{"enter closed", "enter half from closed", "half item 1", "half item 3",
                         "again", "enter open", "item 2", "item 4", "item 5"});
    co_await stop(g);
  });
}

TEST_CASE("M1 a change of state while postponed events come again begins with the oldest") {
  sim::in_all_worlds([]() -> task<> {
    auto g = co_await start<gate>();
    g.cast<gate::item>(2);  // postponed in closed and in half
    tell(g, [first = true](gate&) mutable -> gate::transition {
      if (std::exchange(first, false)) return gate::keep_state().postpone();
      return gate::next_state(gate::open{});
    });
    g.cast<gate::item>(4);
    g.cast<gate::turn>(1);
    strings log = co_await log_of(g);
    CHECK(log ==
          strings{"enter closed", "enter half from closed", "enter open", "item 2", "item 4"});
    co_await stop(g);
  });
}

TEST_CASE("M2 inserted events come before everything that waits, in their order") {
  sim::in_all_worlds([]() -> task<> {
    auto g = co_await start<gate>();
    g.cast<gate::item>(1);
    tell(g, [](gate&) {
      return gate::next_state(gate::open{}).next_event(gate::step{1}).next_event(gate::step{2});
    });
    g.cast<gate::item>(2);
    strings log = co_await log_of(g);
    CHECK(log == strings{"enter closed", "enter open", "step 1", "step 2", "item 1", "item 2"});
    co_await stop(g);
  });
}

TEST_CASE("M2 an event that inserts more goes on with those; messages can be inserted, too") {
  sim::in_all_worlds([]() -> task<> {
    auto g = co_await start<gate>();
    g.cast<gate::turn>(2);
    tell(g, [](gate&) {
      gate::run more{[](gate&) { return gate::keep_state().next_event(gate::step{1}); }};
      return gate::keep_state().next_cast(std::move(more)).next_event(gate::step{2});
    });
    tell(g, [](gate&) { return gate::keep_state().next_cast(gate::item{7}); });
    strings log = co_await log_of(g);
    CHECK(log == strings{"enter closed", "enter open", "step 1", "step 2", "item 7"});
    co_await stop(g);
  });
}

TEST_CASE("M2 a timeout of zero comes before the mailbox; an inserted event cancels an event's") {
  sim::in_all_worlds([]() -> task<> {
    auto g = co_await start<gate>();
    const auto go = g.process();
    co_await sys::suspend(go);
    tell(g, [](gate&) { return gate::keep_state().event_timeout(0ms, gate::ring{1}); });
    tell(g, [](gate&) {
      return gate::keep_state().event_timeout(0ms, gate::ring{2}).next_event(gate::step{1});
    });
    tell(g, [](gate&) {
      return gate::keep_state()
          .state_timeout(0ms, gate::ring{3})
          .timeout("a", 0ms, gate::ring{4})
          .next_event(gate::step{2});
    });
    tell(g, [](gate& me) { return me.note("last"), gate::keep_state(); });
    co_await sys::resume(go);
    strings log = co_await log_of(g);
    CHECK(log == strings{"enter closed", "ring 1", "step 1", "step 2", "ring 3", "ring 4", "last"});
    co_await stop(g);
  });
}

TEST_CASE("M4 enter runs at the start and at every change of state, and knows the old one") {
  sim::in_all_worlds([]() -> task<> {
    auto g = co_await start<gate>();
    for (int to : {1, 1, 2, 2, 1, 0, 0}) g.cast<gate::turn>(to);
    strings log = co_await log_of(g);
    CHECK(log == strings{"enter closed", "enter half from closed", "enter open",
                         "enter half from open", "enter closed"});
    tell(g, [](gate&) { return gate::repeat_state(); });
    strings again = co_await log_of(g);
    CHECK(again.size() == 6);
    CHECK(again.back() == "enter closed");
    co_await stop(g);
  });
}

TEST_CASE("M5 a stop answers all that it is told to, then ends") {
  sim::in_all_worlds([]() -> task<> {
    auto g = co_await start<gate>();
    auto first = send_request<gate::ask>(g, 1);
    auto second = send_request<gate::ask>(g, 2);
    auto third = send_request<gate::ask>(g, 3);
    auto ref = monitor(g.process());
    tell(g, [](gate& me) {
      return gate::stop(atom("shutdown"))
          .reply(std::move(me.waiting[0]), 10)
          .reply(std::move(me.waiting[1]), 20);
    });
    auto one = co_await receive_response(first);
    auto two = co_await receive_response(second);
    auto none = co_await receive_response(third);
    CHECK(*one == 10);
    CHECK(*two == 20);
    CHECK(inspect(none.reason()).find(":shutdown") != std::string::npos);
    auto down =
        co_await receive_if<down_message>([&](const down_message& m) { return m.id == ref; });
    CHECK(down.reason.value() == term(atom("shutdown")));
  });
}

TEST_CASE("M5 any other transition may answer earlier calls, too") {
  sim::in_all_worlds([]() -> task<> {
    auto g = co_await start<gate>();
    auto first = send_request<gate::ask>(g, 1);
    auto second = send_request<gate::ask>(g, 2);
    tell(g, [](gate& me) {
      auto done = gate::next_state(gate::open{})
                      .reply(std::move(me.waiting[1]), 20)
                      .reply(std::move(me.waiting[0]), 10);
      me.waiting.clear();
      return done;
    });
    auto one = co_await receive_response(first);
    auto two = co_await receive_response(second);
    CHECK(*one == 10);
    CHECK(*two == 20);
    strings log = co_await log_of(g);
    CHECK(log.back() == "enter open");
    co_await stop(g);
  });
}
