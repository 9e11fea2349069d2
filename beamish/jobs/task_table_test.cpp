// SPDX-License-Identifier: Apache-2.0
#include "beamish/jobs/task_table.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace beamish;
using namespace beamish::detail;

namespace {

task_entry entry(std::uint64_t id, std::int64_t priority = 0, std::size_t weight = 1) {
  task_options o;
  o.priority = priority;
  o.weight = weight;
  task_entry e{make_record<false>([] {}, o), std::nullopt};
  e.job->id = id;
  return e;
}
using ids = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("those that wait stand by priority, and in order within it") {
  task_table t({});
  for (std::uint64_t id : {1, 2}) t.push(entry(id));
  t.push(entry(3, 5));
  t.push(entry(4, -5));
  CHECK(t.waiting_ids() == ids{3, 1, 2, 4});
  const task_entry first = t.take_first();
  CHECK(first.job->id == 3);
  t.push(entry(7));
  t.push_before(entry(5));
  t.push_before(entry(0));
  CHECK(t.waiting_ids() == ids{0, 1, 2, 5, 7, 4});
  CHECK(t.take_waiting(5));
  CHECK(!t.take_waiting(5));
  CHECK(t.waiting_count() == 5);
  while (!t.none_waits()) t.take_first();
  CHECK(t.waiting_ids().empty());
}

TEST_CASE("a priority below the usual one is first where nothing else waits") {
  task_table t({});
  t.push(entry(1));
  t.take_first();
  t.push(entry(2, -1));
  CHECK(t.first().job->id == 2);
  t.push(entry(3));
  CHECK(t.take_first().job->id == 3);
  CHECK(t.take_first().job->id == 2);
  t.push_before(entry(4, -1));
  CHECK(t.take_first().job->id == 4);
}

TEST_CASE("slots are taken by weight, and what is too heavy fits alone") {
  task_table t({.task_limit = 3});
  CHECK(t.fits(9));
  running_task r;
  r.entry = entry(1, 0, 2);
  const auto at = t.add_running(std::move(r));
  CHECK(t.taken() == 2);
  CHECK(t.fits(1));
  CHECK(!t.fits(2));
  t.options.task_limit = 1;
  CHECK(!t.fits(1));
  t.remove_running(at);
  CHECK(t.fits(1));
  t.options.task_limit = 0;
  CHECK(!t.fits(1));
}

TEST_CASE("a closed table is empty, and gives back the slots that it shared") {
  task_table t({.task_limit = 3, .shared = std::make_shared<shared_slots>(4)});
  t.push(entry(1));
  t.later[2].entry = entry(2);
  t.keys.emplace("key", 2);
  const auto where = std::make_shared<task_address>();
  REQUIRE(t.options.shared->take(&t, 3, where));
  running_task r;
  r.entry = entry(3);
  r.slots = 3;
  t.add_running(std::move(r));
  t.close(exit_reason::shutdown());
  CHECK(t.none_waits());
  CHECK(t.later.empty());
  CHECK(t.running.empty());
  CHECK(t.keys.empty());
  CHECK(t.taken() == 0);
  CHECK(t.options.shared->usage().taken == 0);
}
