// SPDX-License-Identifier: Apache-2.0
// The rows about tasks beside a process, and about agents.
#include <ranges>
#include <vector>

#include "beamish/otp/agent.hpp"
#include "beamish/otp/async_stream.hpp"
#include "ours.hpp"

namespace ours {

beamish::task<result> asyncs(std::int64_t n) {
  std::int64_t sum = 0;
  const stopwatch watch;
  for (std::int64_t i = 0; i < n; ++i) {
    auto task = beamish::async([i] { return i; });
    const auto value = co_await task.await();
    sum += value;
  }
  co_return rate(n, watch.read(), expect("sum of results", sum, n * (n - 1) / 2));
}

beamish::task<result> many_asyncs(std::int64_t n) {
  std::vector<beamish::async_task<std::int64_t>> tasks;
  tasks.reserve(static_cast<std::size_t>(n));
  std::int64_t sum = 0;
  const stopwatch watch;
  for (std::int64_t i = 0; i < n; ++i) tasks.push_back(beamish::async([i] { return i; }));
  for (auto& task : tasks) {
    const auto value = co_await task.await();
    sum += value;
  }
  co_return rate(n, watch.read(), expect("sum of results", sum, n * (n - 1) / 2));
}

beamish::task<result> streams(std::int64_t n) {
  std::int64_t sum = 0;
  const stopwatch watch;
  auto same = beamish::async_stream(std::views::iota(std::int64_t{0}, n),
                                    [](std::int64_t i) { return i; }, {.max_concurrency = 2});
  co_await same.for_each([&sum](beamish::answer<std::int64_t>& value) { sum += *value; });
  co_return rate(n, watch.read(), expect("sum of results", sum, n * (n - 1) / 2));
}

beamish::task<result> agent_gets(std::int64_t n) {
  const auto agent = co_await beamish::agent<std::int64_t>::start_link(std::int64_t{7});
  std::int64_t sum = 0;
  const stopwatch watch;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto value = co_await agent.get([](const std::int64_t& state) { return state; });
    sum += value;
  }
  co_return rate(n, watch.read(), expect("sum of states", sum, 7 * n));
}

beamish::task<result> agent_updates(std::int64_t n) {
  const auto agent = co_await beamish::agent<std::int64_t>::start_link(std::int64_t{0});
  const stopwatch watch;
  for (std::int64_t i = 0; i < n; ++i) co_await agent.update([](std::int64_t& state) { ++state; });
  const auto took = watch.read();
  const auto state = co_await agent.get([](const std::int64_t& s) { return s; });
  co_return rate(n, took, expect("state", state, n));
}

}  // namespace ours
