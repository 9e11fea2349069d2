// SPDX-License-Identifier: Apache-2.0
//
// Calls by a process whose mailbox is full of other things.
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/requests.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/relations.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

// Looks at where its caller's search for the reply would begin.
struct observer : gen_server<observer> {
  struct at_end {
    using reply = bool;
  };
  using messages = accepts<at_end>;
  void handle_call(at_end&, from<at_end> caller) {
    const detail::process_slot* slot = detail::find_slot(caller.process());
    const bool nothing_to_search = slot->queue != nullptr && *slot->scan == nullptr;
    caller.reply(nothing_to_search);
  }
};

struct adder : gen_server<adder> {
  struct plus_one {
    using reply = int;
    int value;
  };
  using messages = accepts<plus_one>;
  int handle_call(plus_one& m) { return m.value + 1; }
};

}  // namespace

TEST_CASE("G52 a call does not search what waited in the caller's mailbox before") {
  sim::trial_options o;
  o.leftovers = false;
  sim::in_simulation(
      []() -> task<> {
        auto s = co_await start<observer>();
        for (int i = 0; i < 50; ++i) send(self(), i);
        // Fetches them without taking any.
        co_await receive<std::string>(0ms);
        // With so little time the server is not run inside its caller, which would not wait yet.
        const bool at_end = co_await s.call<observer::at_end>(within(50ms));
        CHECK(at_end);
        auto id = send_request<observer::at_end>(s);
        auto waited = co_await receive_response(id);
        REQUIRE(waited.ok());
        CHECK(*waited);
        co_await stop(s);
      },
      o);
}

TEST_CASE("G52 a thousand calls with 100,000 messages waiting: none is lost, all stay in order") {
  sim::in_real_world([]() -> task<> {
    constexpr int waiting = 100'000;
    auto s = co_await start<adder>();
    for (int i = 0; i < waiting; ++i) send(self(), std::int64_t{i});
    int value = 0;
    for (int i = 0; i < 1000; ++i) value = co_await s.call<adder::plus_one>(value);
    CHECK(value == 1000);
    bool in_order = true;
    for (int i = 0; i < waiting; ++i) {
      const auto next = co_await receive<std::int64_t>();
      in_order = in_order && next == i;
    }
    CHECK(in_order);
    co_await stop(s);
  });
}

namespace {

// Handles the first of many messages by sending itself, in another's name, the signal to end.
struct condemned : gen_server<condemned> {
  using messages = accepts<int>;
  pid judge;
  std::atomic<int>* handled;
  void handle_info(int&) {
    if (handled->fetch_add(1) == 0) detail::send_exit(judge, self(), exit_reason::kill());
  }
};

task<> condemned_loop(pid judge, std::atomic<int>* handled) {
  for (;;) {
    co_await receive<int>();
    if (handled->fetch_add(1) == 0) detail::send_exit(judge, self(), exit_reason::kill());
  }
}

constexpr int many = 20'000;

}  // namespace

TEST_CASE("an exit signal is noticed although thousands of messages wait") {
  sim::in_real_world([]() -> task<> {
    std::atomic<int> by_server{0};
    auto server = co_await start<condemned>(self(), &by_server);
    monitor(server);
    for (int i = 0; i < many; ++i) send(server, i);
    auto down = co_await receive<down_message>();
    CHECK(down.reason.is("killed"));
    CHECK(by_server < many);

    std::atomic<int> by_loop{0};
    auto loop = spawn_monitor(condemned_loop, self(), &by_loop);
    for (int i = 0; i < many; ++i) send(loop.process, i);
    auto end = co_await receive<down_message>();
    CHECK(end.reason.is("killed"));
    CHECK(by_loop < many);
  });
}
