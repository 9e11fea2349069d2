// SPDX-License-Identifier: Apache-2.0
// A million timers that all come due within one second, and how late they come.
#include "beamish/runtime/timer.hpp"

#include <algorithm>
#include <vector>

#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"
#include "latency.hpp"
#include "ours.hpp"

namespace ours {
namespace {

using std::chrono::milliseconds;

struct due {
  std::int64_t index;
  std::int64_t at_ns;
};

// When the first may come due: by then all are armed.
constexpr std::int64_t lead_ms = 2500;
constexpr std::int64_t ms = 1'000'000;

void arm_all(std::int64_t n) {
  const std::int64_t start = beamish::now().count();
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t now = beamish::now().count();
    // 7919 is prime to 1,000: every millisecond of the second gets its share, out of order.
    const std::int64_t delay = lead_ms + i * 7919 % 1000 - (now - start) / ms;
    beamish::send_after(milliseconds(delay), beamish::self(), due{i, now + delay * ms});
  }
}

}  // namespace

beamish::task<result> timers(std::int64_t n) {
  std::vector<std::int64_t> late;
  late.reserve(static_cast<std::size_t>(n));
  std::int64_t sum = 0;
  std::int64_t early = 0;
  const stopwatch watch;
  arm_all(n);
  const double armed = watch.read().seconds;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto message = co_await beamish::receive<due>();
    const std::int64_t lateness = beamish::now().count() - message.at_ns;
    late.push_back(lateness);
    sum += message.index;
    early += lateness < 0;
  }
  const auto took = watch.read();
  expect("early timers", early, 0);
  auto checked = expect("sum of timers", sum, n * (n - 1) / 2);
  const double p50 = static_cast<double>(percentile(late, 0.50)) / 1e9;
  const double p99 = static_cast<double>(percentile(late, 0.99)) / 1e9;
  const double max = static_cast<double>(percentile(late, 1.0)) / 1e9;
  result r{took, p99, "seconds", std::move(checked)};
  r.details = {{"p50", p50}, {"max", max}, {"cpu", took.cpu_seconds}, {"arming", armed}};
  co_return r;
}

}  // namespace ours
