// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/restart_window.hpp"

#include <doctest/doctest.h>

using namespace beamish;
using namespace beamish::detail;
using namespace std::chrono_literals;

namespace {
std::int64_t ns(duration d) { return d.count(); }
}  // namespace

TEST_CASE("S14 S16 as many restarts as allowed; one that is exactly as old as the window counts") {
  restart_window window(2, ns(5s));
  CHECK(window.add(ns(1s)));
  CHECK(window.add(ns(3s)));
  CHECK_FALSE(window.add(ns(6s)));
  CHECK(window.count() == 3);
  // The first is one nanosecond too old now.
  restart_window other(2, ns(5s));
  CHECK(other.add(ns(1s)));
  CHECK(other.add(ns(3s)));
  CHECK(other.add(ns(6s) + 1));
  CHECK(other.count() == 2);
}

TEST_CASE("S13 with no restart allowed the first is one too many") {
  restart_window window(0, ns(5s));
  CHECK_FALSE(window.add(0));
}

TEST_CASE("a window keeps no more times than are in it") {
  restart_window window(3, 10);
  for (std::int64_t now = 0; now < 1000; now += 5) {
    CHECK(window.add(now));
    CHECK(window.count() <= 3);
  }
  restart_window unlimited(restart_window::no_limit, 10);
  for (int i = 0; i < 1000; ++i) CHECK(unlimited.add(0));
  CHECK(unlimited.count() == 0);
}

TEST_CASE("a pause doubles up to its longest, and begins anew after a long run") {
  backoff_clock clock({.first = 100ms, .max = 500ms, .jitter = 0});
  for (auto wanted : {100ms, 200ms, 400ms, 500ms, 500ms}) CHECK(clock.next(0, 0) == ns(wanted));
  clock.started(ns(10s));
  CHECK(clock.next(ns(10s) + ns(499ms), 0) == ns(500ms));
  clock.started(ns(20s));
  CHECK(clock.next(ns(20s) + ns(500ms), 0) == ns(100ms));
  for (int i = 0; i < 100; ++i) CHECK(clock.next(0, 0) <= ns(500ms));
}

TEST_CASE("pauses double, have a random part, at most the jitter, and never pass the largest") {
  const restart_backoff b{.first = 100ms, .max = 1s, .jitter = 0.5};
  constexpr std::uint64_t in_the_middle = std::uint64_t(1) << 63;
  CHECK(pause_of(b, 0, 0) == 50ms);
  CHECK(pause_of(b, 0, ~std::uint64_t(0)) <= 150ms);
  CHECK(pause_of(b, 0, in_the_middle) == 100ms);
  CHECK(pause_of(b, 2, in_the_middle) == 400ms);
  CHECK(pause_of(b, 4'000'000, in_the_middle) == 1s);
  const restart_backoff endless{.first = 1s, .max = duration::max(), .jitter = 1};
  CHECK(pause_of(endless, 4'000'000, ~std::uint64_t(0)) == duration(std::int64_t(1) << 62));
}

TEST_CASE("chance makes a pause longer or shorter by at most its jitter") {
  for (std::uint64_t random : {std::uint64_t(0), ~std::uint64_t(0), std::uint64_t(1) << 63}) {
    backoff_clock clock({.first = 100ms, .max = 1s, .jitter = 0.25});
    const std::int64_t pause = clock.next(0, random);
    CHECK(pause >= ns(75ms));
    CHECK(pause <= ns(125ms));
  }
  backoff_clock least({.first = 100ms, .max = 1s, .jitter = 0.25});
  CHECK(least.next(0, 0) == ns(75ms));
  backoff_clock most({.first = 100ms, .max = 1s, .jitter = 0.25});
  CHECK(most.next(0, ~std::uint64_t(0)) >= ns(125ms) - 1);
}
