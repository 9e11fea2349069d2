// SPDX-License-Identifier: Apache-2.0
// What a task handler does when its node has no thread left for a task.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "beamish/jobs/task_handler.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

// A thread body whose process still sleeps when it is asked to end.
struct occupant {
  pid process;
  void leave() const { send(process, atom("leave")); }
};

occupant take_a_thread() {
  return {spawn_thread([] { receive_blocking<atom>(); })};
}

std::size_t warnings_in(sim::world& s) {
  const auto log = s.log();
  return static_cast<std::size_t>(std::count_if(log.begin(), log.end(), [](const log_entry& e) {
    return e.text.find("no room for a task") != std::string::npos;
  }));
}

}  // namespace

TEST_CASE("more blocking tasks than the node has threads wait for their turn, and none is lost") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    s.node().core().max_threads = 4;
    auto handler = co_await task_handler::start_link({.task_limit = 10});
    std::atomic<int> running{0};
    std::atomic<int> most{0};
    std::vector<submitted<int>> jobs;
    for (int i = 0; i < 40; ++i) {
      jobs.push_back(handler.submit([i, &running, &most] {
        const int now_running = ++running;
        int seen = most;
        while (seen < now_running && !most.compare_exchange_weak(seen, now_running)) {
        }
        sleep_blocking(10us);
        --running;
        return i;
      }));
    }
    for (int i = 0; i < 40; ++i) {
      auto response = co_await jobs[static_cast<std::size_t>(i)];
      REQUIRE(response.ok());
      CHECK(*response == i);
    }
    CHECK(most <= 4);
    auto status = co_await handler.status();
    CHECK(status.task_limit == 10);
    CHECK(status.completed == 40);
  });
}

TEST_CASE("a task without a thread holds up those behind it, so that the order holds") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    s.node().core().max_threads = 1;
    auto handler = co_await task_handler::start_link({.task_limit = 4});
    const pid listener = self();
    auto one = handler.submit([listener] {
      send(listener, 1);
      receive_blocking<atom>();
    });
    auto two = handler.submit([listener] { send(listener, 2); });
    auto three = handler.submit([listener]() -> task<> {
      send(listener, 3);
      co_return;
    });
    auto first = co_await receive<int>();
    CHECK(first == 1);
    auto status = co_await handler.status();
    CHECK(status.tasks.size() == 1);
    CHECK(status.queue == std::vector<task_id>{2, 3});
    send(status.tasks.front(), atom("leave"));
    auto response = co_await three;
    CHECK(response.ok());
    auto second = co_await receive<int>();
    CHECK(second >= 2);
    response = co_await two;
    CHECK(response.ok());
    response = co_await one;
    CHECK(response.ok());
    auto third = co_await receive<int>();
    CHECK(second + third == 5);
  });
}

TEST_CASE("a task waits for a thread that others hold, also if none of its handler's runs") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    s.node().core().max_threads = 2;
    const occupant other = take_a_thread();
    const occupant another = take_a_thread();
    auto handler = co_await task_handler::start_link({.task_limit = 4});
    auto job = handler.submit([] { return 42; });
    auto status = co_await handler.status();
    CHECK(status.tasks.empty());
    CHECK(status.queue.size() == 1);
    co_await beamish::sleep(20ms);
    other.leave();
    auto response = co_await job;
    REQUIRE(response.ok());
    CHECK(*response == 42);
    another.leave();
  });
}

TEST_CASE("looking for a thread gets rarer with time, and is told once") {
  sim::in_simulation(
      [](sim::world& s) -> task<> {
        s.node().core().max_threads = 1;
        const occupant other = take_a_thread();
        auto handler = co_await task_handler::start_link({.task_limit = 4});
        auto job = handler.submit([] { return 42; });
        // An hour: with a look at least each millisecond this run would have too many steps.
        co_await beamish::sleep(1h);
        other.leave();
        const auto begin = now();
        auto response = co_await job;
        CHECK(response.ok());
        CHECK(now() - begin <= 1s);
        CHECK(warnings_in(s) == 1);
      },
      {.max_steps = 50'000});
}

TEST_CASE("a cancelled task that waits for a thread lets those behind it go on") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    s.node().core().max_threads = 1;
    const occupant other = take_a_thread();
    auto handler = co_await task_handler::start_link({.task_limit = 4});
    auto id = co_await handler.enqueue([] {});
    auto job = handler.submit([]() -> task<int> { co_return 7; });
    const bool cancelled = co_await handler.cancel(id);
    CHECK(cancelled);
    auto response = co_await job;
    REQUIRE(response.ok());
    CHECK(*response == 7);
    other.leave();
  });
}
