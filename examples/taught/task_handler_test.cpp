// SPDX-License-Identifier: Apache-2.0
// Pins the faults of the handler as taught: they are what it is there for.
#include "examples/taught/task_handler.hpp"

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

TEST_CASE("taught: forty tasks of 290 ms at limit 8 run one after the other") {
  sim::in_simulation(
      []() -> task<> {
        const auto begin = now();
        auto handler = co_await taught::start_link(8);
        for (int i = 1; i <= 40; ++i) taught::add_task(handler, task_of(i, 290ms));
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
        // With 300 ms it depends on whether the tick or the end comes first.
        CHECK(now() - begin == 32 * 300ms + 290ms);
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
          CHECK(now() - begin >= 1'100ms);
        },
        {.leftovers = true});
  }
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
        taught::add_task(handler, task_of(99, 50ms));
        auto next = co_await receive<started>();
        CHECK(order[2] == 4);
        CHECK(next.number == 99);
      },
      {.leftovers = true});
}

TEST_CASE("taught: a stray check_tasks starts one more endless timer") {
  sim::in_simulation(
      []() -> task<> {
        auto handler = co_await taught::start_link(1);
        send(handler.process(), taught::check_tasks{});
        const auto begin = now();
        for (int i = 1; i <= 41; ++i) taught::add_task(handler, task_of(i, 0ms));
        for (int i = 0; i < 41; ++i) co_await receive<started>();
        // Two ticks every 100 ms now, and up to twice as many starts; one alone takes 3.9 s.
        CHECK(now() - begin <= 3'500ms);
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
          beamish::exit(atom("oops"));
          co_return;
        });
        taught::add_task(handler, task_of(2, 0ms));
        auto message = co_await receive<started>();
        CHECK(message.number == 2);
      },
      {.leftovers = true});
}
