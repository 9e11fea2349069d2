// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/from.hpp"

#include <optional>
#include <stdexcept>

#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/requests.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

// Answers when it is told to, by whom it is told to.
struct desk : gen_server<desk> {
  struct wait {
    using reply = std::string;
    std::string question;
  };
  struct waiting {
    using reply = std::size_t;
  };
  struct answer_first {
    std::string text;
  };
  struct hand_to {
    pid clerk;
  };
  struct drop_first {};
  struct throw_with_first {
    bool caught;
  };
  struct fail_at_once {
    using reply = int;
  };
  using messages =
      accepts<wait, waiting, answer_first, hand_to, drop_first, throw_with_first, fail_at_once>;

  std::vector<from<wait>> callers;

  void handle_call(wait&, from<wait> caller) { callers.push_back(std::move(caller)); }
  std::size_t handle_call(waiting&) { return callers.size(); }
  void handle_call(fail_at_once&, from<fail_at_once>) { throw std::runtime_error("broken desk"); }
  from<wait> take() {
    from<wait> first = std::move(callers.front());
    callers.erase(callers.begin());
    return first;
  }
  void handle_cast(answer_first& m) { take().reply(std::move(m.text)); }
  void handle_cast(drop_first&) { take(); }
  void handle_cast(hand_to& m) { send(m.clerk, take()); }
  void handle_cast(throw_with_first& m) {
    if (!m.caught) {
      auto first = take();
      throw std::runtime_error("lost");
    }
    try {
      auto first = take();
      throw std::runtime_error("lost");
    } catch (const std::runtime_error&) {
      // The server lives on.
    }
  }
};

task<> ask(server<desk> s, pid parent) {
  auto a = co_await s.try_call<desk::wait>("who?");
  send(parent, a.ok() ? *a : "failed: " + inspect(a.reason().value().elements()[0]));
}

task<> until_waiting(server<desk> s, std::size_t count) {
  for (;;) {
    const std::size_t now = co_await s.call<desk::waiting>();
    if (now == count) co_return;
    co_await sleep(1ms);
  }
}

}  // namespace

TEST_CASE("G15 without a reply the caller waits, until any process answers it") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<desk>();
    spawn(ask, s, self());
    co_await until_waiting(s, 1);
    auto early = co_await receive<std::string>(0ms);
    CHECK(!early);
    s.cast<desk::answer_first>("the server");
    auto first = co_await receive<std::string>();
    CHECK(first == "the server");

    spawn(ask, s, self());
    co_await until_waiting(s, 1);
    const pid clerk = spawn([]() -> task<> {
      auto obligation = co_await receive<from<desk::wait>>();
      obligation.reply("a clerk");
    });
    s.cast<desk::hand_to>(clerk);
    auto second = co_await receive<std::string>();
    CHECK(second == "a clerk");
    co_await stop(s);
  });
}

TEST_CASE("G16 while a call is deferred the server goes on with other messages") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<desk>();
    for (int i = 0; i < 3; ++i) spawn(ask, s, self());
    co_await until_waiting(s, 3);
    for (int i = 0; i < 3; ++i) s.cast<desk::answer_first>("served");
    for (int i = 0; i < 3; ++i) {
      auto text = co_await receive<std::string>();
      CHECK(text == "served");
    }
    co_await stop(s);
  });
}

TEST_CASE("G23 a reply that somebody else owes outlives the server: the caller waits for it") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<desk>();
    spawn(ask, s, self());
    co_await until_waiting(s, 1);
    s.cast<desk::hand_to>(self());
    auto obligation = co_await receive<from<desk::wait>>();
    co_await stop(s);
    CHECK(!alive(s));
    auto early = co_await receive<std::string>(0ms);
    CHECK(!early);
    obligation.reply("from beyond");
    auto late = co_await receive<std::string>();
    CHECK(late == "from beyond");
  });
}

TEST_CASE("G17 a second reply is impossible, and never reaches the caller") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<desk>();
    auto request = send_request<desk::wait>(s, "once?");
    co_await until_waiting(s, 1);
    s.cast<desk::hand_to>(self());
    auto obligation = co_await receive<from<desk::wait>>();
    CHECK(obligation.process() == self());
    CHECK(obligation);
    obligation.reply("once");
    CHECK(!obligation);
    CHECK_THROWS_AS(obligation.reply("twice"), std::logic_error);
    from<desk::wait> moved = std::move(obligation);
    CHECK_THROWS_AS(moved.reply("three times"), std::logic_error);
    auto answer = co_await receive_response(request);
    CHECK(*answer == "once");
    auto nothing = co_await receive<std::string>(0ms);
    CHECK(!nothing);
    co_await stop(s);
  });
}

TEST_CASE("G17 of two callers each gets its own reply") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<desk>();
    auto one = send_request<desk::wait>(s, "1");
    auto two = send_request<desk::wait>(s, "2");
    co_await until_waiting(s, 2);
    s.cast<desk::answer_first>("first");
    s.cast<desk::answer_first>("second");
    auto b = co_await receive_response(two);
    auto a = co_await receive_response(one);
    CHECK(*a == "first");
    CHECK(*b == "second");
    co_await stop(s);
  });
}

TEST_CASE("an obligation that is dropped answers no_reply at once") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<desk>();
    spawn(ask, s, self());
    co_await until_waiting(s, 1);
    s.cast<desk::drop_first>();
    auto text = co_await receive<std::string>();
    CHECK(text == "failed: :no_reply");
    co_await stop(s);
  });
}

TEST_CASE("an obligation that an exception drops gets the server's reason, or no_reply") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<desk>();
    auto one = send_request<desk::wait>(s, "1");
    auto two = send_request<desk::wait>(s, "2");
    auto three = send_request<desk::wait>(s, "3");
    co_await until_waiting(s, 3);
    s.cast<desk::throw_with_first>(true);
    auto a = co_await receive_response(one);
    CHECK(a.reason().value() == tuple(atom("no_reply"), s.process()));
    CHECK(alive(s));
    auto ref = monitor(s);
    s.cast<desk::throw_with_first>(false);
    auto b = co_await receive_response(two);
    auto c = co_await receive_response(three);
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    CHECK(b.reason().value() == tuple(down.reason.value(), s.process()));
    CHECK(c.reason().value() == tuple(down.reason.value(), s.process()));
  });
}

TEST_CASE("a call whose callback throws gets the exception as the reason") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<desk>();
    auto ref = monitor(s);
    auto a = co_await s.try_call<desk::fail_at_once>();
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    CHECK(down.reason.exception()->what == "broken desk");
    CHECK(a.reason().value().elements()[0] == down.reason.value());
  });
}

TEST_CASE("a reply may be made of the message that it answers") {
  struct echo : gen_server<echo> {
    struct say {
      using reply = std::string;
      std::string text;
    };
    using messages = accepts<say>;
    void handle_call(say& m, from<say> caller) { caller.reply(m.text); }
  };
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<echo>();
    const std::string text(100, 'x');
    auto back = co_await s.call<echo::say>(text);
    CHECK(back == text);
    co_await stop(s);
  });
}
