// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/line.hpp"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

using beamish::apps::waiting_line;

TEST_CASE("batch_line: turns come in the order of the places, whoever arrives first") {
  waiting_line line;
  std::vector<waiting_line::place> places;
  for (int i = 0; i < 8; ++i) places.push_back(line.enter());
  std::vector<int> order;  // guarded by the turns
  std::vector<std::thread> threads;
  for (int i = 7; i >= 0; --i) {
    threads.emplace_back([&order, i, mine = std::move(places[static_cast<std::size_t>(i)])] {
      mine.await_turn();
      order.push_back(i);
    });
  }
  for (std::thread& t : threads) t.join();
  // A thread's place ends with its function.
  CHECK(order == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE("batch_line: who leaves before its turn holds up nobody") {
  waiting_line line;
  auto first = line.enter();
  {
    const auto dropped = line.enter();
  }
  auto third = line.enter();
  auto fourth = line.enter();
  third.leave();
  third.leave();
  third.await_turn();  // it has none any more
  first.await_turn();
  first = waiting_line::place();
  fourth.await_turn();
  const auto moved = std::move(fourth);
  moved.await_turn();
}

TEST_CASE("batch_line: a place in no line has its turn at once") {
  waiting_line::place nowhere;
  nowhere.await_turn();
  nowhere.leave();
}
