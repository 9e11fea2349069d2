// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/timer_wheel.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

using namespace beamish::detail;

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t day = 86'400'000 * ms;

std::vector<timer_node*> drain(timer_wheel& wheel, std::int64_t now) {
  std::vector<timer_node*> fired;
  for (timer_node* n = wheel.expire(now); n != nullptr; n = n->following()) fired.push_back(n);
  return fired;
}

// A small generator of our own, so that every run sees the same numbers.
struct generator {
  std::uint64_t state;
  std::uint64_t next() {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
  }
  std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(bound));
  }
};

// What the wheel must do, said with an ordered map.
struct model {
  std::map<std::pair<std::int64_t, std::uint64_t>, timer_node*> timers;

  void arm(timer_node* n) { timers.emplace(std::pair(n->deadline_ns, n->order), n); }
  void cancel(timer_node* n) { timers.erase({n->deadline_ns, n->order}); }
  std::int64_t earliest() const {
    return timers.empty() ? timer_wheel::never : timers.begin()->first.first;
  }
  std::vector<timer_node*> drain(std::int64_t now) {
    std::vector<timer_node*> due;
    while (!timers.empty() && timers.begin()->first.first <= now) {
      due.push_back(timers.begin()->second);
      timers.erase(timers.begin());
    }
    return due;
  }
};

}  // namespace

TEST_CASE("timer_wheel: a timer fires at its deadline and not one nanosecond before") {
  const std::int64_t starts[] = {0, 1, 999'999, 12 * ms + 345};
  const std::int64_t delays[] = {
      0,       1,       500'000,   ms - 1,    ms,           ms + 1,        63 * ms,
      64 * ms, 65 * ms, 5000 * ms, 4096 * ms, 30 * day + 7, 900 * day + 1, 5000 * day};
  for (const std::int64_t start : starts) {
    for (const std::int64_t delay : delays) {
      timer_wheel wheel(start);
      timer_node node;
      wheel.arm(&node, start + delay);
      REQUIRE(node.armed());
      REQUIRE(wheel.size() == 1);
      REQUIRE(wheel.next_deadline() == start + delay);
      if (delay > 0) REQUIRE(wheel.expire(start + delay - 1) == nullptr);
      REQUIRE(wheel.next_deadline() == start + delay);
      REQUIRE(wheel.expire(start + delay) == &node);
      REQUIRE(node.next == nullptr);
      REQUIRE(!node.armed());
      REQUIRE(wheel.size() == 0);
      REQUIRE(wheel.next_deadline() == timer_wheel::never);
    }
  }
}

TEST_CASE("timer_wheel: one expire gives the order of deadlines, then of arming") {
  timer_wheel wheel(0);
  timer_node a, b, c, d, e, f;
  wheel.arm(&a, 70 * ms);
  wheel.arm(&b, 70 * ms);
  wheel.arm(&c, 5 * ms + 10);
  wheel.arm(&d, 5 * ms + 9);
  CHECK(drain(wheel, 5 * ms) == std::vector<timer_node*>{});
  wheel.arm(&e, 5 * ms + 9);  // Armed within the tick that has come.
  wheel.arm(&f, 1);           // Already over.
  CHECK(wheel.next_deadline() == 1);
  CHECK(drain(wheel, 100 * ms) == std::vector<timer_node*>{&f, &d, &e, &c, &a, &b});
}

TEST_CASE("timer_wheel: a cancelled timer does not fire, wherever it lies") {
  const std::int64_t delays[] = {0, 10, 3 * ms, 100 * ms, 10'000 * ms, 40 * day, 2000 * day};
  for (const std::int64_t delay : delays) {
    timer_wheel wheel(1);
    timer_node gone, stays;
    wheel.arm(&gone, 1 + delay);
    wheel.arm(&stays, 1 + delay);
    wheel.cancel(&gone);
    REQUIRE(!gone.armed());
    REQUIRE(drain(wheel, 1 + delay) == std::vector<timer_node*>{&stays});
    wheel.arm(&gone, 1 + 2 * delay);
    wheel.cancel(&gone);
    REQUIRE(wheel.size() == 0);
    REQUIRE(wheel.next_deadline() == timer_wheel::never);
    REQUIRE(wheel.expire(1 + 4000 * day) == nullptr);
  }
}

TEST_CASE("timer_wheel: a clock that goes back is harmless") {
  timer_wheel wheel(500 * ms);
  timer_node early, late;
  wheel.arm(&late, 600 * ms);
  CHECK(wheel.expire(550 * ms) == nullptr);
  wheel.arm(&early, 510 * ms);
  CHECK(wheel.expire(400 * ms) == nullptr);
  CHECK(drain(wheel, 510 * ms) == std::vector<timer_node*>{&early});
  CHECK(drain(wheel, 600 * ms) == std::vector<timer_node*>{&late});
}

TEST_CASE("timer_wheel: the latest time there is can be armed and cancelled") {
  timer_wheel wheel(0);
  timer_node node;
  wheel.arm(&node, INT64_MAX);
  CHECK(wheel.next_deadline() == INT64_MAX);
  CHECK(wheel.expire(10'000 * day) == nullptr);
  wheel.cancel(&node);
  CHECK(wheel.size() == 0);
}

TEST_CASE("timer_wheel: sleeping until next_deadline reaches a crowded slot in few steps") {
  timer_wheel wheel(0);
  std::vector<timer_node> nodes(1000);
  const std::int64_t due = 30 * day + 123'456'789;
  for (timer_node& n : nodes) wheel.arm(&n, due);
  std::int64_t now = 0;
  int steps = 0;
  std::size_t fired = 0;
  while (wheel.size() > 0) {
    const std::int64_t next = wheel.next_deadline();
    REQUIRE(next > now);
    REQUIRE(next <= due);
    now = next;
    fired += drain(wheel, now).size();
    REQUIRE(++steps <= 8);
  }
  CHECK(fired == 1000);
  CHECK(now == due);
}

TEST_CASE("timer_wheel: what is due can be taken a few at a time, in the same order") {
  timer_wheel wheel(0);
  std::vector<timer_node> nodes(100);
  for (std::size_t i = 0; i < nodes.size(); ++i)
    wheel.arm(&nodes[i], (10 + static_cast<std::int64_t>(i * 37 % 100)) * ms / 2);
  const std::int64_t now = 40 * ms;
  std::vector<timer_node*> fired;
  for (;;) {
    const std::size_t before = fired.size();
    for (timer_node* n = wheel.expire(now, 7); n != nullptr; n = n->following()) fired.push_back(n);
    if (fired.size() == before) break;
    REQUIRE(fired.size() - before <= 7);
    REQUIRE(wheel.size() == nodes.size() - fired.size());
  }
  CHECK(fired.size() == 71);
  CHECK(std::is_sorted(fired.begin(), fired.end(), [](const timer_node* a, const timer_node* b) {
    return a->deadline_ns < b->deadline_ns;
  }));
  CHECK(wheel.next_deadline() == 81 * ms / 2);
}

TEST_CASE("timer_wheel: a crowd far ahead comes nearer a thousand at a time, and is never late") {
  timer_wheel wheel(0);
  std::vector<timer_node> nodes(10'000);
  const std::int64_t far = 20'000 * ms;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    wheel.arm(&nodes[i], far + static_cast<std::int64_t>(i % 3) * 1000 * ms);
  std::int64_t now = 0;
  int wakes = 0;
  for (; wheel.next_deadline() < far; ++wakes) {
    REQUIRE(wheel.next_deadline() > now);
    now = wheel.next_deadline();
    REQUIRE(wheel.expire(now) == nullptr);
  }
  CHECK(wakes >= 10);  // one for each thousand, as long as there is time
  CHECK(wakes <= 30);
  REQUIRE(wheel.next_deadline() == far);
  CHECK(drain(wheel, far).size() == 3334);

  // Who sleeps through all that time gets everything, too.
  timer_wheel other(0);
  for (timer_node& n : nodes) {
    if (n.armed()) wheel.cancel(&n);
    other.arm(&n, far);
  }
  CHECK(other.expire(far - 1) == nullptr);
  CHECK(drain(other, far).size() == nodes.size());
}

TEST_CASE("timer_wheel: does what an ordered map does, over spans from nanoseconds to years") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    generator random{seed * 0x9E3779B97F4A7C15U};
    std::int64_t now = random.below(1'000'000 * ms);
    timer_wheel wheel(now);
    model expected;
    std::vector<timer_node> nodes(300);
    const auto span = [&] {  // Of every order of magnitude, up to some three years.
      const std::int64_t most = std::int64_t{1} << random.below(57);
      return random.below(most);
    };
    for (int step = 0; step < 2000; ++step) {
      timer_node& n = nodes[static_cast<std::size_t>(random.below(300))];
      switch (random.below(4)) {
        case 0:
        case 1:
          if (n.armed()) {
            expected.cancel(&n);
            wheel.cancel(&n);
          }
          wheel.arm(&n, now + span() - random.below(1000));
          expected.arm(&n);
          break;
        case 2:
          if (n.armed()) {
            expected.cancel(&n);
            wheel.cancel(&n);
          }
          break;
        default:
          now = random.below(3) == 0 ? std::max(now, std::min(now + span(), wheel.next_deadline()))
                                     : now + span() / 16;
          REQUIRE(drain(wheel, now) == expected.drain(now));
          break;
      }
      REQUIRE(wheel.size() == expected.timers.size());
      REQUIRE(wheel.next_deadline() <= expected.earliest());
      REQUIRE((wheel.next_deadline() == timer_wheel::never) == expected.timers.empty());
    }
    while (wheel.size() > 0) {  // Sleeping from deadline to deadline, nothing comes late.
      REQUIRE(wheel.next_deadline() <= expected.earliest());
      now = std::max(now, wheel.next_deadline());
      REQUIRE(drain(wheel, now) == expected.drain(now));
    }
    REQUIRE(expected.timers.empty());
  }
}
