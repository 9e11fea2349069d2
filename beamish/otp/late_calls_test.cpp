// SPDX-License-Identifier: Apache-2.0
//
// What a call that ran out of time says of its server.
#include <latch>

#include "beamish/otp/call_blocking.hpp"
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/requests.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/thread_body.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct desk : gen_server<desk> {
  struct ask {
    using reply = int;
  };
  struct relay {
    using reply = int;
    pid to;
  };
  struct keep {
    using reply = int;
  };
  struct spin {
    using reply = int;
    std::latch* began;
    std::latch* may_end;
  };
  struct note {};
  using messages = accepts<ask, relay, keep, spin, note>;
  std::vector<from<keep>> kept;

  task<int> handle_call(ask&) {
    co_await beamish::sleep(10s);
    co_return 1;
  }
  task<int> handle_call(relay& m) {
    const pid to = m.to;
    co_return co_await call<ask>(within(infinity), to);
  }
  void handle_call(keep&, from<keep> f) { kept.push_back(std::move(f)); }
  int handle_call(spin& m) {
    m.began->count_down();
    m.may_end->wait();
    return 1;
  }
  void handle_cast(note&) {}
};

task<> end(pid p) {
  beamish::exit(p, exit_reason::kill());
  const auto id = monitor(p);
  co_await receive_if<down_message>([&id](const down_message& d) { return d.id == id; });
}

}  // namespace

TEST_CASE("a call that is too late says where its server is, since when, and for whom it waits") {
  sim::in_all_worlds([]() -> task<> {
    auto slow = co_await start<desk>();
    auto busy = co_await start<desk>();
    auto got = co_await busy.try_call<desk::relay>(within(20ms), slow);
    REQUIRE(!got.ok());
    CHECK(got.reason().value().elements()[0].is_atom("timeout"));
    const server_activity* was = got.reason().server_was();
    REQUIRE(was != nullptr);
    CHECK(was->what == server_activity::kind::inside);
    CHECK(was->process == busy.process());
    CHECK(was->initial_call == "desk");
    CHECK(was->callback == "handle_call");
    CHECK(was->message == "relay");
    CHECK(was->waits_for_reply_of == slow.process());
    CHECK(was->waits_for == "a reply of " + inspect(term(slow.process())));
    CHECK(was->waited == 20ms);
    CHECK(!was->by_deadline);
    CHECK(was->since >= 15ms);  // in the real world its clock goes in steps
    co_await end(busy);
    co_await end(slow);
  });
}

TEST_CASE("a request that is too late says it, too, and how many messages wait") {
  sim::in_all_worlds([]() -> task<> {
    auto slow = co_await start<desk>();
    auto request = send_request<desk::ask>(slow);
    slow.cast<desk::note>();
    slow.cast<desk::note>();
    auto got = co_await receive_response(request, 20ms);
    const server_activity* was = got.reason().server_was();
    REQUIRE(was != nullptr);
    CHECK(was->message == "ask");
    CHECK(was->waits_for == "time to pass");
    CHECK(was->message_queue_len == std::size_t{2});
    co_await end(slow);
  });
}

TEST_CASE("a server that is suspended, or has given the `from` away, is told from a busy one") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<desk>();
    auto kept = co_await s.try_call<desk::keep>(within(5ms));
    REQUIRE(kept.reason().server_was() != nullptr);
    CHECK(kept.reason().server_was()->what == server_activity::kind::idle);
    co_await sys::suspend(s);
    auto late = co_await s.try_call<desk::keep>(within(5ms));
    REQUIRE(late.reason().server_was() != nullptr);
    CHECK(late.reason().server_was()->what == server_activity::kind::suspended);
    CHECK(late.reason().server_was()->message_queue_len == std::size_t{1});
    auto nobody = co_await try_call<desk::keep>("nobody");
    CHECK(nobody.reason().server_was() == nullptr);
    co_await sys::resume(s);
    co_await end(s);
  });
}

TEST_CASE("the crash report of a caller that ends by a late call says it") {
  sim::in_all_worlds([](sim::world& w) -> task<> {
    auto s = co_await start<desk>();
    auto p = spawn_monitor([s]() -> task<> { co_await s.call<desk::ask>(within(5ms)); });
    const auto down = co_await receive<down_message>();
    CHECK(down.id == p.id);
    CHECK(inspect(down.reason) ==
          "{:timeout, {:gen_server, :call, [" + inspect(term(s.process())) + ", :ask, 5]}}");
    REQUIRE(down.reason.server_was() != nullptr);
    bool told = false;
    for (const log_entry& e : w.log()) {
      const auto at = e.text.find("after 5 ms " + inspect(term(s.process())) + " (desk) has been");
      told = told || (e.process == p.process && at != std::string::npos &&
                      e.text.find("in handle_call(ask)", at) != std::string::npos);
    }
    CHECK(told);
    co_await end(s);
  });
}

TEST_CASE("thread bodies and threads outside hear it, too") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<desk>({.name = "desk"});
    spawn_thread([to = self()] {
      auto got = try_call_blocking<desk::ask>(within(5ms), "desk");
      send(to, got.reason());
    });
    const auto why = co_await receive<exit_reason>();
    REQUIRE(why.server_was() != nullptr);
    CHECK(why.server_was()->message == "ask");
    co_await end(s);
  });
  node n({.name = "late@test", .workers = 1, .log = {[](void*, const log_entry&) {}}});
  n.start();
  auto s = start_on<desk>(n, {});
  REQUIRE(s.ok());
  auto got = n.call<desk::ask>(*s, 5ms);
  REQUIRE(got.reason().server_was() != nullptr);
  CHECK(got.reason().server_was()->message == "ask");
  n.stop(0s);
}

TEST_CASE("of a server that holds its worker the callback and the message are known") {
  sim::in_real_world([]() -> task<> {
    auto s = co_await start<desk>();
    std::latch began(1), may_end(1);
    // Under 100 ms nothing runs inline, so the caller is free to see that its time is over.
    auto request = send_request<desk::spin>(s, &began, &may_end);
    auto seen = co_await s.try_call<desk::keep>(within(20ms));
    const server_activity* was = seen.reason().server_was();
    CHECK(was != nullptr);
    if (was != nullptr && began.try_wait()) {
      CHECK(was->what == server_activity::kind::inside);
      CHECK(was->callback == "handle_call");
      CHECK(was->message == "spin");
      CHECK(was->waits_for.empty());
      CHECK(!was->message_queue_len.has_value());
    }
    may_end.count_down();
    auto answered = co_await receive_response(request);
    CHECK(answered.ok());
    co_await end(s);
  });
}
