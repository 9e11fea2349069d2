// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/entry.hpp"

#include <doctest/doctest.h>

using namespace beamish;
using namespace beamish::apps;

TEST_CASE("batch_entry: its name is its label, or its number") {
  batch_entry entry{.number = 3};
  CHECK(entry.name() == "3");
  entry.command.label = "build";
  CHECK(entry.name() == "build");
}

TEST_CASE("batch_entry: status") {
  using kind = os_outcome::kind;
  CHECK(status_of(batch_entry{}) == batch_status::not_run);
  CHECK(status_of(os_outcome{.how = kind::exited}) == batch_status::ok);
  CHECK(status_of(os_outcome{.how = kind::exited, .code = 1}) == batch_status::failed);
  CHECK(status_of(os_outcome{.how = kind::not_started, .code = 2}) == batch_status::failed);
  CHECK(status_of(os_outcome{.how = kind::exited, .timed_out = true}) == batch_status::timed_out);
  CHECK(status_of(os_outcome{.how = kind::exited, .stopped = true}) == batch_status::stopped);
  CHECK(status_of(os_outcome{.how = kind::not_started, .stopped = true}) == batch_status::not_run);
  CHECK(name_of(batch_status::timed_out) == "timed_out");
}

TEST_CASE("batch_entry: what is tried again, and when") {
  using kind = os_outcome::kind;
  CHECK(is_worth_a_retry({.how = kind::exited, .code = 1}));
  CHECK(is_worth_a_retry({.how = kind::signalled, .code = 9}));
  CHECK(is_worth_a_retry({.how = kind::exited, .timed_out = true}));
  CHECK(!is_worth_a_retry({.how = kind::exited}));
  CHECK(!is_worth_a_retry({.how = kind::exited, .code = 1, .stopped = true}));
  CHECK(!is_worth_a_retry({.how = kind::not_started, .code = 2}));
  CHECK(backoff_ns({100}, 1, 5) == 100);
  CHECK(backoff_ns({100}, 2, 5) == 200);
  CHECK(backoff_ns({100}, 5, 5) == 1600);
  CHECK(backoff_ns({1'000'000'000}, 100, 5) == 600'000'000'000);
  CHECK(backoff_ns({0}, 100, 5) == 0);
}

TEST_CASE("batch_entry: jitter makes a pause longer or shorter by a part of it") {
  constexpr std::uint64_t least = 0, middle = std::uint64_t{1} << 63, most = ~std::uint64_t{0};
  CHECK(backoff_ns({1000, 0.25}, 1, least) == 750);
  CHECK(backoff_ns({1000, 0.25}, 1, middle) == 1000);
  CHECK(backoff_ns({1000, 0.25}, 1, most) == 1250);
  CHECK(backoff_ns({1000, 0.25}, 3, least) == 3000);
  CHECK(backoff_ns({1000, 1}, 1, least) == 0);
  CHECK(backoff_ns({0, 1}, 7, most) == 0);
}
