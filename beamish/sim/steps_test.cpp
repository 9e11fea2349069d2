// SPDX-License-Identifier: Apache-2.0
//
// The steps that need more than messages: blocking functions, and calls that may run inside their
// caller.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "beamish/runtime/blocking.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/request.hpp"
#include "beamish/runtime/runner.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/simulation.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct ask {
  using reply = int;
};
struct told {
  int value;
};

// The smallest server: before it answers a question it sends the asker a message.
detail::run_result run_server(detail::process_slot& slot, detail::run_state& run) {
  for (;;) {
    detail::fetch(slot, run);
    if (run.dying) return detail::run_result::exited;
    while (slot.queue != nullptr) {
      detail::signal* s = slot.unlink(&slot.queue);
      if (s->type->kind != detail::signal_kind::call) {
        s->type->dispose(s);
        continue;
      }
      auto* question = static_cast<detail::request_node<ask>*>(s);
      send(question->from, told{1});
      detail::request_node<ask>::reply(question, 42);
    }
    if (slot.box.wait()) return detail::run_result::parked;
  }
}
void destroy_server(detail::process_slot&) noexcept {}
constexpr detail::body_type server_type{&run_server, &destroy_server, "server", true};

pid start_server() {
  reference none;
  return detail::finish_spawn(
      detail::prepare_spawn(detail::current_node(), server_type, detail::bond::none, none));
}

// The asking side, as far as these tests need it.
class question {
 public:
  using beamish_awaitable = void;
  explicit question(pid to) : to_(to) {}
  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> h) {
    waiter_.node = detail::make_request<ask>();
    waiter_.frame = h;
    return !detail::begin_call(*h.promise().self, to_, waiter_);
  }
  int await_resume() {
    auto* node = static_cast<detail::request_node<ask>*>(waiter_.node);
    const int answer = node->progress == detail::request_progress::answered ? node->answer : -1;
    node->type->dispose(node);
    return answer;
  }

 private:
  detail::call_waiter waiter_;
  pid to_;
};

}  // namespace

TEST_CASE("a call to an idle server runs inside its caller in some worlds and travels in others") {
  int inlined = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    sim::simulation s({.seed = seed, .keeps_trace = true});
    s.node("a@sim").spawn([]() -> task<> {
      const pid server = start_server();
      co_await beamish::sleep(1ms);
      question q(server);
      const int answer = co_await q;
      CHECK(answer == 42);
      beamish::exit(server, exit_reason::kill());
    });
    REQUIRE(s.run() == sim::outcome::ended);
    if (s.trace().text().find(" inline ") != std::string::npos) ++inlined;
  }
  CHECK(inlined > 10);
  CHECK(inlined < 90);
}

TEST_CASE("what a server sent before its answer is there with the answer, inline or not") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    sim::simulation s(seed);
    s.node("a@sim").spawn([]() -> task<> {
      const pid server = start_server();
      for (int i = 0; i < 3; ++i) {
        co_await beamish::sleep(1ms);
        question q(server);
        co_await q;
        std::optional<told> before = co_await receive<told>(0ms);
        REQUIRE(before);
      }
      beamish::exit(server, exit_reason::kill());
    });
    REQUIRE(s.run() == sim::outcome::ended);
  }
}

TEST_CASE("a call never overtakes what its caller sent before") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    sim::simulation s({.seed = seed, .keeps_trace = true});
    s.node("a@sim").spawn([]() -> task<> {
      const pid server = start_server();
      co_await beamish::sleep(1ms);
      send(server, told{1});
      question q(server);
      const int answer = co_await q;
      CHECK(answer == 42);
      beamish::exit(server, exit_reason::kill());
    });
    REQUIRE(s.run() == sim::outcome::ended);
    REQUIRE(s.trace().text().find(" inline ") == std::string::npos);
  }
}

TEST_CASE("a call to a process that dies is answered behind what that one had sent") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    sim::simulation s({.seed = seed, .log = {[](void*, const log_entry&) {}, nullptr}});
    s.node("a@sim").spawn([]() -> task<> {
      const pid me = self();
      const pid short_lived = spawn([me]() -> task<> {
        co_await receive<told>();
        send(me, told{7});
      });
      send(short_lived, told{1});
      question q(short_lived);
      const int answer = co_await q;
      CHECK(answer == -1);
      std::optional<told> before = co_await receive<told>(0ms);
      REQUIRE(before);
    });
    REQUIRE(s.run() == sim::outcome::ended);
  }
}

TEST_CASE("the program's own thread can call: the world goes on until the answer or the timeout") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    sim::simulation s(seed);
    pid server;
    s.node("a@sim").spawn([&] { server = start_server(); });
    REQUIRE(s.run() == sim::outcome::quiet);
    auto* request = detail::make_request<ask>();
    detail::outside_call* call = detail::begin_outside_call(request);
    detail::deliver(pid{}, server, request);
    REQUIRE(detail::end_outside_call(call, -1));
    CHECK(request->progress == detail::request_progress::answered);
    request->type->dispose(request);

    const pid deaf = s.node("a@sim").spawn([]() -> task<> { co_await receive<told>(); });
    auto* unheard = detail::make_request<ask>();
    call = detail::begin_outside_call(unheard);
    detail::deliver(pid{}, deaf, unheard);
    REQUIRE(!detail::end_outside_call(call, 5'000'000'000));
    CHECK(s.elapsed() == 5s);
  }
}

TEST_CASE("a blocking function takes a virtual time, and others go on meanwhile") {
  std::set<std::chrono::nanoseconds> durations;
  std::set<std::string> orders;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    std::string order;
    sim::simulation s(seed);
    s.node("a@sim").spawn([&]() -> task<> {
      const auto before = now();
      auto job = blocking([] { return 6 * 7; });
      const int result = co_await job;
      CHECK(result == 42);
      durations.insert(now() - before);
      order += "b";
    });
    s.node("a@sim").spawn([&]() -> task<> {
      co_await beamish::sleep(500us);
      order += "s";
    });
    REQUIRE(s.run() == sim::outcome::ended);
    orders.insert(order);
  }
  CHECK(durations.size() == 6);
  CHECK(*durations.rbegin() == 100ms);
  CHECK(orders == std::set<std::string>{"bs", "sb"});
}

TEST_CASE("a blocking function belongs to no process, and its exception comes back") {
  sim::simulation s(1);
  bool caught = false;
  s.node("a@sim").spawn([&]() -> task<> {
    auto job = blocking([] {
      CHECK_THROWS_AS(self(), std::logic_error);
      throw std::runtime_error("no");
    });
    try {
      co_await job;
    } catch (const std::runtime_error&) {
      caught = true;
    }
  });
  CHECK(s.run() == sim::outcome::ended);
  CHECK(caught);
}

TEST_CASE("a process killed while its blocking function is under way leaves nothing") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    sim::simulation s(seed);
    const pid p = s.node("a@sim").spawn([]() -> task<> {
      auto job = blocking([] {});
      co_await job;
    });
    s.node("a@sim").spawn([p]() -> task<> {
      co_await beamish::sleep(1us);
      beamish::exit(p, exit_reason::kill());
    });
    CHECK(s.run() == sim::outcome::ended);
  }
  // And one that is still to run when the world ends.
  sim::simulation s(1);
  s.node("a@sim").spawn([]() -> task<> {
    auto job = blocking([] {});
    co_await job;
  });
  s.step();
}
