// SPDX-License-Identifier: Apache-2.0
// Empty tasks through the task handler, two at a time, each answer delivered to the submitter.
#include <vector>

#include "beamish/jobs/task_handler.hpp"
#include "beamish/runtime/process.hpp"
#include "ours.hpp"

namespace ours {
namespace {

using number = beamish::submitted<std::int64_t>;

number submit_one(const beamish::task_handler& to, std::int64_t i) {
  return to.submit([i]() -> beamish::task<std::int64_t> { co_return i; });
}

}  // namespace

beamish::task<result> tasks(std::int64_t n) {
  const auto to = co_await beamish::task_handler::start_link({.task_limit = 2, .name = ""});
  std::vector<number> jobs;
  jobs.reserve(static_cast<std::size_t>(n));
  std::int64_t sum = 0;
  const stopwatch watch;
  for (std::int64_t i = 0; i < n; ++i) jobs.push_back(submit_one(to, i));
  for (auto& job : jobs) {
    auto answer = co_await job;
    sum += *answer;
  }
  const auto took = watch.read();
  const auto status = co_await to.status();
  expect("completed", static_cast<std::int64_t>(status.completed), n);
  co_return rate(n, took, expect("sum of results", sum, n * (n - 1) / 2));
}

}  // namespace ours
