// SPDX-License-Identifier: Apache-2.0
#include "beamish/jobs/task_options.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include "beamish/jobs/task_handler.hpp"
#include "beamish/runtime/clock.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"
#include "beamish/term/inspect.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

// Tells its number when it begins, and takes its time.
auto telling(pid listener, int number, duration time) {
  return [listener, number, time]() -> task<> {
    send(listener, number);
    co_await beamish::sleep(time);
  };
}

task<std::vector<int>> numbers(std::size_t count) {
  std::vector<int> all;
  while (all.size() < count) {
    const int next = co_await receive<int>();
    all.push_back(next);
  }
  co_return all;
}

}  // namespace

TEST_CASE("a higher priority goes first, and equal ones in the order in which they were added") {
  sim::in_all_worlds([]() -> task<> {
    auto handler = co_await task_handler::start_link({.task_limit = 1});
    handler.add_task(telling(self(), 1, 1ms));
    co_await numbers(1);
    handler.add_task(telling(self(), 2, 1ms));
    handler.add_task(telling(self(), 3, 1ms), {.priority = -1});
    handler.add_task(telling(self(), 4, 1ms), {.priority = 7});
    handler.add_task(telling(self(), 5, 1ms));
    handler.add_task(telling(self(), 6, 1ms), {.priority = 7});
    const auto order = co_await numbers(5);
    CHECK(order == std::vector<int>{4, 6, 2, 5, 3});
  });
}

TEST_CASE("a heavy task takes several slots, and what stands behind it waits until it fits") {
  sim::in_simulation([]() -> task<> {
    auto handler = co_await task_handler::start_link({.task_limit = 3});
    handler.add_task(telling(self(), 1, 10ms), {.weight = 2});
    handler.add_task(telling(self(), 2, 30ms), {.weight = 2});
    handler.add_task(telling(self(), 3, 10ms));
    auto status = co_await handler.status();
    CHECK(status.tasks.size() == 1);
    CHECK(status.taken == 2);
    CHECK(status.queue == std::vector<task_id>{2, 3});
    co_await beamish::sleep(15ms);
    status = co_await handler.status();
    CHECK(status.tasks.size() == 2);
    CHECK(status.taken == 3);
  });
}

TEST_CASE("a task that is heavier than the limit runs alone") {
  sim::in_simulation([]() -> task<> {
    auto handler = co_await task_handler::start_link({.task_limit = 2});
    handler.add_task(telling(self(), 1, 10ms));
    auto heavy = handler.submit(telling(self(), 2, 10ms), {.weight = 9});
    handler.add_task(telling(self(), 3, 10ms));
    auto status = co_await handler.status();
    CHECK(status.taken == 1);
    co_await beamish::sleep(15ms);
    status = co_await handler.status();
    CHECK(status.tasks.size() == 1);
    CHECK(status.taken == 9);
    auto done = co_await heavy;
    CHECK(done.ok());
    const auto order = co_await numbers(3);
    CHECK(order == std::vector<int>{1, 2, 3});
  });
}

TEST_CASE("a run that takes too long is told to end, and its submitter hears `timeout`") {
  sim::in_simulation([]() -> task<> {
    auto handler = co_await task_handler::start_link({.task_limit = 1});
    auto slow = handler.submit([]() -> task<> { co_await beamish::sleep(1h); }, {.timeout = 1s});
    auto quick = handler.submit([]() -> task<int> { co_return 1; }, {.timeout = 1s});
    const auto begin = now();
    auto ended = co_await slow;
    CHECK(ended.reason().is("timeout"));
    CHECK(now() - begin == 1s);
    auto value = co_await quick;
    CHECK(value.ok());
    co_await beamish::sleep(2s);  // no late timer harms anybody
    auto thread = handler.submit([] { sleep_blocking(1h); }, {.timeout = 1s});
    ended = co_await thread;
    CHECK(ended.reason().is("timeout"));
  });
}

TEST_CASE(
    "a task that fails is tried again after pauses that grow, and its slot is free meanwhile") {
  sim::in_simulation([]() -> task<> {
    auto handler = co_await task_handler::start_link({.task_limit = 1});
    int attempts = 0;
    const task_options patient{.retries = 3, .backoff = {.first = 1s, .max = 3s, .jitter = 0}};
    const auto begin = now();
    auto job = handler.submit(
        [&attempts]() -> task<int> {
          if (++attempts < 4) throw std::runtime_error("not yet");
          co_return attempts;
        },
        patient);
    auto status = co_await handler.status();
    while (status.later.empty()) status = co_await handler.status();
    CHECK(status.later == std::vector<task_id>{1});
    CHECK(status.tasks.empty());
    auto other = handler.submit([]() -> task<> { co_return; });
    auto done = co_await other;
    CHECK(done.ok());
    CHECK(attempts == 1);
    auto value = co_await job;
    REQUIRE(value.ok());
    CHECK(*value == 4);
    CHECK(now() - begin == 6s);  // 1 + 2 + 3
    auto hopeless = handler.submit(
        []() -> task<> {
          throw std::runtime_error("never");
          co_return;
        },
        {.retries = 1});
    auto end = co_await hopeless;
    REQUIRE(end.reason().exception() != nullptr);
    CHECK(end.reason().exception()->what == "never");
    status = co_await handler.status();
    CHECK(status.completed == 3);
  });
}

TEST_CASE("a delayed task starts when its time has come, and can be cancelled before") {
  sim::in_simulation([]() -> task<> {
    auto handler = co_await task_handler::start_link();
    const auto begin = now();
    auto job =
        handler.submit([]() -> task<std::chrono::nanoseconds> { co_return now(); }, {.delay = 1h});
    auto given_up = handler.submit([]() -> task<> { co_return; }, {.delay = 1h});
    auto status = co_await handler.status();
    CHECK(status.later == std::vector<task_id>{1, 2});
    const bool cancelled = co_await handler.cancel(2);
    CHECK(cancelled);
    auto none = co_await given_up;
    CHECK(none.reason().is("cancelled"));
    auto started = co_await job;
    REQUIRE(started.ok());
    CHECK(*started - begin == 1h);
    auto dated = handler.submit([]() -> task<std::chrono::nanoseconds> { co_return now(); },
                                {.at = system_time() + 30min});
    started = co_await dated;
    REQUIRE(started.ok());
    CHECK(*started - begin == 90min);
  });
}

TEST_CASE("a key stands for one task at a time: a second one is refused and told which it is") {
  sim::in_all_worlds([]() -> task<> {
    auto handler = co_await task_handler::start_link({.task_limit = 1});
    const task_options nightly{.key = "nightly"};
    auto first = handler.submit([]() -> task<> { co_await receive<atom>(); }, nightly);
    auto second = handler.submit([]() -> task<> { co_return; }, nightly);
    auto refused = co_await second;
    CHECK(inspect(refused.reason()) == "{:rejected, {:duplicate, 1}}");
    auto status = co_await handler.status();
    CHECK(status.rejected == 1);
    send(status.tasks.front(), atom("leave"));
    auto done = co_await first;
    CHECK(done.ok());
    auto third = handler.submit([]() -> task<> { co_return; }, nightly);
    done = co_await third;
    CHECK(done.ok());
  });
}

TEST_CASE("options that make no sense are refused where they are given") {
  sim::in_simulation([]() -> task<> {
    auto handler = co_await task_handler::start_link();
    CHECK_THROWS_AS(handler.add_task([] {}, {.weight = 0}), argument_error);
    CHECK_THROWS_AS(handler.add_task([] {}, {.timeout = -1s}), argument_error);
    CHECK_THROWS_AS(handler.add_task([] {}, {.delay = -1s}), argument_error);
    CHECK_THROWS_AS(handler.add_task([] {}, {.retries = 1, .backoff = {.jitter = 2}}),
                    argument_error);
    auto status = co_await handler.status();
    CHECK(status.completed == 0);
  });
}
