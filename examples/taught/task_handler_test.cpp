// SPDX-License-Identifier: Apache-2.0
// Pins the faults of the handler as taught: they are what it is there for.
#include "examples/taught/task_handler.hpp"

#include <stdexcept>

#include "beamish/runtime/process_info.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct started {
  int number;
};
struct ended {
  int number;
};

taught::function task_of(int number, duration length) {
  return [number, length, owner = self()]() -> task<> {
    send(owner, started{number});
    co_await beamish::sleep(length);
    send(owner, ended{number});
  };
}

task<std::vector<int>> order_of(std::size_t limit, int count, duration length) {
  auto handler = co_await taught::start_link(limit);
  for (int i = 1; i <= count; ++i) taught::add_task(handler, task_of(i, length));
  std::vector<int> order;
  while (order.size() < static_cast<std::size_t>(count)) {
    auto message = co_await receive<started>();
    order.push_back(message.number);
  }
  co_return order;
}

}  // namespace

TEST_CASE("taught: the queue is a stack") {
  sim::in_simulation(
      []() -> task<> {
        auto one = co_await order_of(1, 5, 10ms);
        CHECK(one == std::vector<int>{1, 5, 4, 3, 2});
      },
      {.leftovers = true});
  sim::in_simulation(
      []() -> task<> {
        auto two = co_await order_of(2, 8, 10ms);
        CHECK((two[0] + two[1] == 3 && two[0] * two[1] == 2));
        two.erase(two.begin(), two.begin() + 2);
        CHECK(two == std::vector<int>{8, 7, 6, 5, 4, 3});
      },
      {.leftovers = true});
}

TEST_CASE("taught: forty tasks of 299 ms at limit 8 take 9.9 s, for they run one after the other") {
  sim::in_simulation(
      []() -> task<> {
        const auto begin = now();
        auto handler = co_await taught::start_link(8);
        for (int i = 1; i <= 40; ++i) taught::add_task(handler, task_of(i, 299ms));
        int running = 0;
        int most_later = 0;
        for (int open = 40; open > 0;) {
          auto message = co_await receive<started, ended>();
          running += message.index() == 0 ? 1 : -1;
          open -= message.index() == 1 ? 1 : 0;
          if (now() - begin > 500ms) most_later = std::max(most_later, running);
        }
        CHECK(most_later == 1);
        // Eight at once; then 32, one after the other, each begun at the third tick after the last.
        // Full use of the eight places would take 1.5 s. With 300 ms it depends on whether the tick
        // or the end comes first; Elixir's ticks are a little late.
        CHECK(now() - begin == 32 * 300ms + 299ms);
      },
      {.leftovers = true});
}

TEST_CASE("taught: empty tasks start at one per tick, at every limit") {
  for (const std::size_t limit : {1, 2, 8}) {
    sim::in_simulation(
        [limit]() -> task<> {
          const auto begin = now();
          auto order = co_await order_of(limit, 20, 0ms);
          CHECK(order.size() == 20);
          // The ticks come at 0, 100 ms and so on. The first may come before the tasks of the
          // beginning have ended, or after: then it starts one.
          const auto took = now() - begin;
          const auto ticks = (20 - static_cast<int>(limit)) * 100ms;
          CHECK((took == ticks || took == ticks - 100ms));
        },
        {.leftovers = true});
  }
}

TEST_CASE("taught: a tick starts one at most, and none if nothing has ended") {
  sim::in_simulation(
      []() -> task<> {
        const auto begin = now();
        auto handler = co_await taught::start_link(2);
        // Both end at 150 ms, so the tick at 200 ms finds two that have ended, and starts one.
        for (int i = 1; i <= 4; ++i) taught::add_task(handler, task_of(i, 150ms));
        for (int i = 1; i <= 2; ++i) co_await receive<started>();
        co_await beamish::sleep(begin + 110ms - now());
        auto full = co_await taught::status(handler);
        CHECK(full.tasks.size() == 2);
        CHECK(full.queue == 2);
        co_await beamish::sleep(begin + 210ms - now());
        auto later = co_await taught::status(handler);
        CHECK(later.tasks.size() == 1);
        CHECK(later.queue == 1);
      },
      {.leftovers = true});
}

TEST_CASE("taught: a newcomer overtakes all that wait") {
  sim::in_simulation(
      []() -> task<> {
        auto handler = co_await taught::start_link(2);
        for (int i = 1; i <= 4; ++i) taught::add_task(handler, task_of(i, 50ms));
        // The first two have ended, one of the stack runs: the list is shorter than the limit.
        std::vector<int> order;
        for (int i = 0; i < 3; ++i) {
          auto message = co_await receive<started>();
          order.push_back(message.number);
        }
        const auto added = now();
        taught::add_task(handler, task_of(99, 50ms));
        auto next = co_await receive<started>();
        // At once; the stack alone would serve it first, too, but at the next tick.
        CHECK(now() == added);
        CHECK(order[2] == 4);
        CHECK(next.number == 99);
      },
      {.leftovers = true});
}

TEST_CASE("taught: a stray check_tasks starts one more endless timer") {
  sim::in_simulation(
      []() -> task<> {
        auto handler = co_await taught::start_link(1);
        for (int i = 1; i <= 41; ++i) taught::add_task(handler, task_of(i, 0ms));
        const auto begin = now();
        co_await beamish::sleep(50ms);
        send(handler.process(), taught::check_tasks{});
        for (int i = 0; i < 41; ++i) co_await receive<started>();
        // A tick every 50 ms now. The one at 0 may come before the first task has ended.
        const auto took = now() - begin;
        CHECK((took == 40 * 50ms || took == 39 * 50ms));
      },
      {.leftovers = true});
}

TEST_CASE("taught: a limit of 0 never runs anything, and a failing task harms nobody") {
  sim::in_simulation(
      []() -> task<> {
        auto handler = co_await taught::start_link(0);
        taught::add_task(handler, task_of(1, 0ms));
        auto none = co_await receive<started>(10s);
        CHECK(!none);
        auto now_there = co_await taught::status(handler);
        CHECK(now_there.queue == 1);
      },
      {.leftovers = true});
  sim::in_simulation(
      []() -> task<> {
        auto handler = co_await taught::start_link(1);
        taught::add_task(handler, []() -> task<> {
          throw std::runtime_error("oops");
          co_return;
        });
        taught::add_task(handler, task_of(2, 0ms));
        auto message = co_await receive<started>();
        CHECK(message.number == 2);
        // Neither an exit nor a DOWN nor a response has come: why it failed is lost.
        co_await receive<ended>();
        const auto me = co_await process_info(self());
        CHECK(me->message_queue_len == 0);
        CHECK(alive(handler.process()));
      },
      {.leftovers = true});
}
