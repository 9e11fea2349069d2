// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/requests.hpp"

#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct oracle : gen_server<oracle> {
  struct twice {
    using reply = int;
    int value;
  };
  struct length {
    using reply = int;
    std::string text;
  };
  struct never {
    using reply = int;
  };
  struct release {};
  struct nothing {};
  using messages = accepts<twice, length, never, release, nothing>;
  std::vector<from<never>> waiting;
  int handle_call(twice& m) { return 2 * m.value; }
  int handle_call(length& m) { return static_cast<int>(m.text.size()); }
  void handle_call(never&, from<never> caller) { waiting.push_back(std::move(caller)); }
  void handle_call(nothing&) {}
  void handle_cast(release&) {
    for (auto& w : waiting) w.reply(1);
    waiting.clear();
  }
};

task<std::size_t> queue_length() {
  auto mine = process_info(self());
  auto info = co_await mine;
  co_return info->message_queue_len;
}

}  // namespace

TEST_CASE("G49 a request is answered when one looks for it") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<oracle>();
    auto one = send_request<oracle::twice>(s, 21);
    auto two = send_request<oracle::nothing>(s);
    send(self(), 5);
    auto b = co_await receive_response(two);
    CHECK(b.ok());
    auto a = co_await receive_response(one);
    CHECK(*a == 42);
    CHECK(!one.id());
    const int other = co_await receive<int>();
    CHECK(other == 5);
    co_await stop(s);
  });
}

TEST_CASE("G49 wait_response leaves a request open, receive_response gives it up") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<oracle>();
    auto id = send_request<oracle::never>(s);
    auto early = co_await wait_response(id, 0ms);
    CHECK(!early);
    auto still = co_await wait_response(id, 2ms);
    CHECK(!still);
    s.cast<oracle::release>();
    auto answer = co_await wait_response(id);
    REQUIRE(answer);
    CHECK(**answer == 1);

    auto other = send_request<oracle::never>(s);
    auto late = co_await receive_response(other, 2ms);
    CHECK(late.reason().value() == tuple(atom("timeout"), s.process()));
    CHECK(!other.id());
    s.cast<oracle::release>();
    co_await s.call<oracle::nothing>();
    const std::size_t left = co_await queue_length();
    CHECK(left == 0);
    co_await stop(s);
  });
}

TEST_CASE("G49 the reply of an abandoned request never reaches the mailbox") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<oracle>();
    {
      auto id = send_request<oracle::never>(s);
      auto moved = std::move(id);
    }
    s.cast<oracle::release>();
    {
      auto arrived = send_request<oracle::twice>(s, 1);
      co_await s.call<oracle::nothing>();
      // Its reply has come, and goes with it.
    }
    co_await s.call<oracle::nothing>();
    const std::size_t left = co_await queue_length();
    CHECK(left == 0);
    co_await stop(s);
  });
}

TEST_CASE("G49 a dead server, no server and a dying one give their reason and the server") {
  sim::in_all_worlds([]() -> task<> {
    auto dead = spawn_monitor([] {});
    co_await receive<down_message>();
    auto a = send_request<oracle::twice>(dead.process, 1);
    auto first = co_await receive_response(a);
    CHECK(first.reason().value() == tuple(atom("noproc"), dead.process));
    auto b = send_request<oracle::twice>("nobody", 1);
    auto second = co_await receive_response(b);
    CHECK(second.reason().value() == tuple(atom("noproc"), atom("nobody")));
    auto s = co_await start<oracle>();
    auto c = send_request<oracle::never>(s);
    co_await s.call<oracle::nothing>();
    exit(s.process(), exit_reason::kill());
    auto third = co_await receive_response(c);
    CHECK(third.reason().value() == tuple(atom("killed"), s.process()));
  });
}

TEST_CASE("G49 a collection gives each response with its label, as they come") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<oracle>();
    request_collection<int, std::string> all;
    all.add("three", send_request<oracle::length>(s, "abc"));
    all.add("later", send_request<oracle::never>(s));
    all.add("eight", send_request<oracle::twice>(s, 4));
    all.add("nobody", send_request<oracle::twice>("nobody", 4));
    CHECK(all.size() == 4);
    int sum = 0;
    bool nobody = false;
    for (int i = 0; i < 3; ++i) {
      auto got = co_await all.receive_response();
      REQUIRE(got);
      CHECK(got->label != "later");
      if (got->label == "nobody") {
        nobody = got->reply.reason().value() == tuple(atom("noproc"), atom("nobody"));
      } else {
        CHECK(*got->reply == (got->label == "three" ? 3 : 8));
        sum += *got->reply;
      }
    }
    CHECK(sum == 11);
    CHECK(nobody);
    auto none = co_await all.receive_response(1ms);
    CHECK(!none);
    CHECK(all.size() == 1);
    s.cast<oracle::release>();
    auto last = co_await all.receive_response();
    REQUIRE(last);
    CHECK(last->label == "later");
    CHECK(all.empty());
    auto empty = co_await all.receive_response();
    CHECK(!empty);
    co_await stop(s);
  });
}

namespace {

// Asks the oracle and goes on; the responses come to handle_info.
struct asker : gen_server<asker> {
  struct ask {
    pid oracle;
  };
  struct results {
    using reply = int;
  };
  using messages = accepts<ask, results>;
  std::optional<request_id<oracle::twice>> single;
  request_collection<int, int> many;
  int sum = 0;

  void handle_cast(ask& m) {
    single.emplace(send_request<oracle::twice>(m.oracle, 1));
    for (int i = 2; i < 5; ++i) many.add(i, send_request<oracle::twice>(m.oracle, i));
    // Given up at once: its response never comes.
    auto dropped = send_request<oracle::twice>(m.oracle, 1000);
  }
  void handle_info(response& r) {
    if (single) {
      if (auto one = check_response(r, *single)) {
        sum += **one;
        return single.reset();
      }
    }
    if (auto next = many.check_response(r)) sum += 100 * next->label + *next->reply;
  }
  int handle_call(results&) { return sum; }
};

struct deaf : gen_server<deaf> {
  struct ask {
    pid oracle;
  };
  struct alive_still {
    using reply = bool;
  };
  using messages = accepts<ask, alive_still, oracle::twice>;
  std::vector<request_id<oracle::twice>> open;
  void handle_cast(ask& m) { open.push_back(send_request<oracle::twice>(m.oracle, 3)); }
  bool handle_call(alive_still&) { return true; }
  // Never called with a reply, which carries another type.
  void handle_info(oracle::twice&) { beamish::exit(atom("confused")); }
};

}  // namespace

TEST_CASE("G49 in a server, responses that nobody awaits come to handle_info") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<oracle>();
    auto a = co_await start<asker>();
    a.cast<asker::ask>(s.process());
    int sum = 0;
    while (sum != 2 + 900 + 4 + 6 + 8) {
      co_await sleep(1ms);
      sum = co_await a.call<asker::results>();
    }
    co_await stop(a);
    co_await stop(s);
  });
}

TEST_CASE("a response that a server has no clause for is logged and dropped") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    auto s = co_await start<oracle>();
    auto d = co_await start<deaf>();
    d.cast<deaf::ask>(s.process());
    while (place.log().empty()) co_await sleep(1ms);
    const bool lives = co_await d.call<deaf::alive_still>();
    CHECK(lives);
    CHECK(place.log()[0].text.find("a response") != std::string::npos);
    co_await stop(d);
    co_await stop(s);
  });
}
