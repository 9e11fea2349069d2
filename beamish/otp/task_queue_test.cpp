// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/task_queue.hpp"

#include <cstdlib>

#include "beamish/otp/async.hpp"
#include "beamish/otp/whereis.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

// So many that awaits in the order of the starts put the queue in order before `awaited` have come.
constexpr int many = 60, awaited = 20;

task<int> when_told(pid owner, int number) {
  co_await receive<bool>();
  if (number < 0) send(owner, number);
  co_return number;
}

task<> let_end(const std::vector<async_task<int>>& tasks, int number) {
  const pid p = tasks[static_cast<std::size_t>(number)].process();
  send(p, true);
  while (alive(p)) co_await beamish::sleep(1ms);
}

task<> await_it(const std::vector<async_task<int>>& tasks, int number) {
  const int got = co_await tasks[static_cast<std::size_t>(std::abs(number))].await();
  CHECK(got == number);
}

// What lies in the queue: the numbers of the tasks for their results, 1,000 more for a DOWN, and
// what was sent as it is.
task<std::vector<int>> all_in_queue(const std::vector<async_task<int>>& tasks) {
  const auto number_of = [&](const reference& id) {
    int n = 0;
    while (tasks[static_cast<std::size_t>(n)].id() != id) ++n;
    return n;
  };
  std::vector<int> found;
  for (;;) {
    auto next = co_await receive<task_result<int>, down_message, int>(0ms);
    if (!next) co_return found;
    if (const auto* result = std::get_if<task_result<int>>(&*next))
      found.push_back(number_of(result->id));
    else if (const auto* down = std::get_if<down_message>(&*next))
      found.push_back(1000 + number_of(down->id));
    else
      found.push_back(std::get<int>(*next));
  }
}

}  // namespace

TEST_CASE("awaits that pass over many results put them in the order of their tasks") {
  sim::in_all_worlds([]() -> task<> {
    std::vector<async_task<int>> tasks;
    for (int i = 0; i <= many; ++i) tasks.push_back(async(when_told, self(), i));
    for (int i = many; i >= 0; --i) {
      co_await let_end(tasks, i);
      if (i == many / 2) send(self(), -1);
    }
    for (int i = 0; i < awaited; ++i) co_await await_it(tasks, i);
    auto found = co_await all_in_queue(tasks);
    // What isn't a task's stays where it was, and nothing passes it.
    std::vector<int> expected;
    for (int i = many / 2; i <= many; ++i) expected.insert(expected.end(), {i, 1000 + i});
    expected.push_back(-1);
    for (int i = awaited; i < many / 2; ++i) expected.insert(expected.end(), {i, 1000 + i});
    CHECK(found == expected);
    // The queue's end is where it ought to be.
    send(self(), 5);
    const int five = co_await receive<int>();
    CHECK(five == 5);
  });
}

TEST_CASE("awaits that put the queue in order leave what each task sent in its order") {
  sim::in_all_worlds([]() -> task<> {
    std::vector<async_task<int>> tasks;
    for (int i = 0; i <= many; ++i) tasks.push_back(async(when_told, self(), -i));
    for (int i = many; i >= 0; --i) co_await let_end(tasks, i);
    for (int i = 0; i < awaited; ++i) co_await await_it(tasks, -i);
    auto found = co_await all_in_queue(tasks);
    std::vector<int> expected;
    for (int i = many; i > 0; --i) {
      expected.push_back(-i);
      if (i >= awaited) expected.insert(expected.end(), {i, 1000 + i});
    }
    CHECK(found == expected);
  });
}

TEST_CASE("a down_message that somebody sent is no task's, and keeps its place") {
  sim::in_all_worlds([]() -> task<> {
    std::vector<async_task<int>> tasks;
    for (int i = 0; i <= many; ++i) tasks.push_back(async(when_told, self(), i));
    for (int i = many; i >= 0; --i) {
      co_await let_end(tasks, i);
      if (i != many / 2) continue;
      down_message forged;
      forged.id = tasks[many].id();
      send(self(), std::move(forged));
    }
    for (int i = 0; i < awaited; ++i) co_await await_it(tasks, i);
    auto found = co_await all_in_queue(tasks);
    const auto at = std::size_t{2} * (many - many / 2 + 1);
    REQUIRE(found.size() > at + 1);
    CHECK(found[at - 1] == 1000 + many);
    CHECK(found[at] == 1000 + many);
    CHECK(found[at + 1] == awaited);
  });
}

// It took a minute when each await looked through all results that wait.
TEST_CASE("a hundred thousand tasks are awaited one by one in the order of their start") {
  sim::in_real_world([]() -> task<> {
    std::vector<async_task<int>> tasks;
    for (int i = 0; i < 100'000; ++i) tasks.push_back(async([i] { return i; }));
    std::int64_t sum = 0;
    for (const auto& t : tasks) {
      const int i = co_await t.await(infinity);
      sum += i;
    }
    CHECK(sum == std::int64_t{100'000} * 99'999 / 2);
    auto left = co_await receive<down_message, task_result<int>>(0ms);
    CHECK(!left);
  });
}
