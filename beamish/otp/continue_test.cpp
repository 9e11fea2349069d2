// SPDX-License-Identifier: Apache-2.0
//
// handle_continue: what a server does before it looks at its mailbox again.
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/requests.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct again {
  int left;
};
struct prepare {};

// Continues from every callback, and writes down in which order things happened.
struct diary : gen_server<diary> {
  struct read {
    using reply = std::string;
  };
  struct reply_first {
    using reply = int;
    pid witness;
  };
  struct reply_later {
    using reply = int;
  };
  struct write {};
  struct from_coroutine {};
  using messages = accepts<read, reply_first, reply_later, write, from_coroutine, std::string>;

  std::string text;
  std::optional<from<reply_later>> waiting;
  pid witness;

  init_result init(bool prepares) {
    text = "init ";
    return prepares ? ok().then(prepare{}) : ok();
  }
  auto handle_call(read&) { return text; }
  call_result<reply_first> handle_call(reply_first& m) {
    witness = m.witness;
    return reply(5).then(again{1});
  }
  outcome handle_call(reply_later&, from<reply_later> caller) {
    waiting.emplace(std::move(caller));
    text += "noreply ";
    return noreply().then(again{1});
  }
  outcome handle_cast(write&) {
    text += "cast ";
    return noreply().then(again{2});
  }
  task<outcome> handle_cast(from_coroutine&) {
    text += "coroutine ";
    co_await sleep(1ms);
    outcome next = noreply().then(again{1});
    co_return next;
  }
  outcome handle_info(std::string& m) {
    text += m + " ";
    return noreply().then(prepare{});
  }
  outcome handle_continue(again& m) {
    text += "again" + std::to_string(m.left) + " ";
    if (witness) send(std::exchange(witness, pid{}), atom("continued"));
    if (waiting) {
      waiting->reply(6);
      waiting.reset();
    }
    if (m.left > 1) return noreply().then(again{m.left - 1});
    return noreply();
  }
  void handle_continue(prepare&) { text += "prepared "; }
};

}  // namespace

TEST_CASE("G11 handle_continue runs right after init, before any message") {
  sim::in_all_worlds([]() -> task<> {
    // A message sent to the name from outside may already wait when init returns.
    spawn([]() -> task<> {
      cast<diary::write>("diary");
      co_return;
    });
    auto s = co_await start<diary>({.name = "diary"}, true);
    auto text = co_await s.call<diary::read>();
    CHECK(text.starts_with("init prepared "));
    co_await stop(s);
  });
}

TEST_CASE("G12 call, cast, info and continue itself may continue, each before the next message") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<diary>(false);
    s.cast<diary::write>();
    s.cast<diary::from_coroutine>();
    send(s, std::string("info"));
    const int later = co_await s.call<diary::reply_later>();
    CHECK(later == 6);
    auto text = co_await s.call<diary::read>();
    CHECK(text == "init cast again2 again1 coroutine again1 info prepared noreply again1 ");
    co_await stop(s);
  });
}

TEST_CASE("G13 the reply is sent before handle_continue runs") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<diary>(false);
    // One sender, one receiver: what was sent first has arrived when the second is there.
    auto request = send_request<diary::reply_first>(s, self());
    auto told = co_await receive<atom>();
    CHECK(told.name() == "continued");
    auto answer = co_await receive_response(request, 0ms);
    REQUIRE(answer.ok());
    CHECK(*answer == 5);
    co_await stop(s);
  });
}

namespace {

struct fails_after_reply : gen_server<fails_after_reply> {
  struct ask {
    using reply = int;
  };
  struct boom {};
  using messages = accepts<ask>;
  call_result<ask> handle_call(ask&) { return reply(1).then(boom{}); }
  outcome handle_continue(boom&) { return stop(atom("boom")); }
};

}  // namespace

TEST_CASE("G13 a continue that ends the server does not take the reply back") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<fails_after_reply>();
    auto ref = monitor(s);
    auto answer = co_await try_call<fails_after_reply::ask>(s);
    REQUIRE(answer.ok());
    CHECK(*answer == 1);
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    CHECK(down.reason.is("boom"));
  });
}
