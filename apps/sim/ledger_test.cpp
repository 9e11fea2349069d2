// SPDX-License-Identifier: Apache-2.0
#include "apps/sim/ledger.hpp"

#include <doctest/doctest.h>

#include "apps/sim/scenarios.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/explore.hpp"

using namespace beamish;
using namespace std::chrono_literals;
using apps::ledger;
using promise = apps::ledger::promise;

namespace {

// What the ledger says of a course of events: `play` is given it.
std::string broken(std::size_t limit, promise checks, std::function<task<>(ledger&)> play) {
  const auto body = sim::launcher_of([=](sim::world& w) -> task<> {
    ledger book(w, 4, limit, checks);
    co_await play(book);
  });
  const sim::verdict v = sim::run_in_simulation(body, {}, 1);
  return v.complaints.empty() ? "" : v.complaints.front();
}

}  // namespace

TEST_CASE("ledger: the order may differ by those that can be starting at the same time") {
  const auto second_first = [](ledger& book) -> task<> {
    for (std::size_t i = 1; i <= 3; ++i) book.added(i);
    book.starts(2);
    book.starts(1);
    co_return;
  };
  CHECK(broken(2, promise::order, second_first) == "");
  CHECK(broken(1, promise::order, second_first) ==
        "a job starts before others that were added earlier");
  CHECK(broken(2, promise::order, [](ledger& book) -> task<> {
          for (std::size_t i = 1; i <= 3; ++i) book.added(i);
          book.starts(3);
          co_return;
        }) == "a job starts before others that were added earlier");
}

TEST_CASE("ledger: a place may be idle for a quarter of a second while a job waits") {
  const auto waits = [](duration time) {
    return [time](ledger& book) -> task<> {
      book.added(1);
      book.starts(1);
      book.added(2);
      co_await beamish::sleep(time);
      book.ends(1);
    };
  };
  CHECK(broken(2, promise::no_idle_place, waits(250ms)) == "");
  CHECK(broken(2, promise::no_idle_place, waits(251ms)) == "places stay idle while jobs wait");
  CHECK(broken(2, promise::order, waits(251ms)) == "");
  CHECK(broken(1, promise::no_idle_place, waits(1h)) == "");
}

TEST_CASE("ledger: never more than the limit, and each job once") {
  CHECK(broken(1, promise::both, [](ledger& book) -> task<> {
          book.added(1);
          book.added(2);
          book.starts(1);
          book.starts(2);
          co_return;
        }) == "more jobs run than the limit says");
  CHECK(broken(2, promise::both, [](ledger& book) -> task<> {
          book.added(1);
          book.starts(1);
          book.ends(1);
          book.starts(1);
          co_return;
        }) == "a job runs twice");
}

TEST_CASE("ledger: all are done when each has ended") {
  broken(4, promise::both, [](ledger& book) -> task<> {
    for (std::size_t i = 1; i <= 4; ++i) {
      book.added(i);
      book.starts(i);
      CHECK_FALSE(book.all_done());
      book.ends(i);
    }
    CHECK(book.all_done());
    co_return;
  });
}

TEST_CASE("scenarios: the course's handler breaks both promises, the product keeps them") {
  for (const sim::scenario& s : apps::scenarios()) {
    CAPTURE(s.name);
    const sim::exploration e = sim::explore(s, {.seeds = 200});
    CHECK(e.ok() == s.name.starts_with("product"));
    if (!e.ok()) CHECK(e.failed->seed == 1);
  }
}
