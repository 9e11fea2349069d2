// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/await_many.hpp"

#include "beamish/otp/task_cases.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/sim/testing.hpp"
#include "beamish/term/inspect.hpp"

using namespace beamish;
using namespace beamish::cases;
using namespace std::chrono_literals;

namespace {

task<int> sleepy(int x) {
  co_await sleep(std::chrono::milliseconds(x));
  co_return x;
}
task<int> wait_for_int() { co_return co_await receive<int>(); }

term failed_with(const term& why, const std::vector<async_task<int>>& tasks, const term& limit) {
  std::vector<term> shown;
  for (const auto& t : tasks) shown.push_back(to_term(t));
  return tuple(why, tuple(atom("task"), atom("await_many"), list(list_from(shown), limit)));
}

}  // namespace

TEST_CASE("T12 await_many gives the results in the order of the tasks") {
  sim::in_all_worlds([]() -> task<> {
    send(self(), std::string("before"));
    const std::vector<async_task<int>> tasks{async(sleepy, 3), async(sleepy, 1), async(sleepy, 2),
                                             completed_task(4)};
    auto all = co_await await_many(tasks);
    CHECK(all == std::vector{3, 1, 2, 4});
    const std::vector<async_task<int>> none;
    auto nothing = co_await await_many(none);
    CHECK(nothing.empty());
    std::vector<async_task<void>> voids{async([] {}), async([] {})};
    co_await await_many(voids);
    std::vector<async_task<std::unique_ptr<int>>> unique{
        async([] { return std::make_unique<int>(6); })};
    auto moved = co_await await_many(unique);
    CHECK(*moved[0] == 6);
    auto before = co_await receive<std::string>();
    CHECK(before == "before");
    const std::size_t left = co_await mailbox_length();
    CHECK(left == 0);
  });
}

TEST_CASE("T12 await_many has one limit for all, and exits when it is over") {
  sim::in_all_worlds([]() -> task<> {
    const std::vector<async_task<int>> tasks{async(wait_for_int), async([] { return 1; }),
                                             async(wait_for_int)};
    auto late = co_await attempt(await_many(tasks, 2ms));
    CHECK(late.reason().value() == failed_with(atom("timeout"), tasks, 2));
    for (const auto at : {0u, 2u}) {
      const reference end = monitor(tasks[at].process());
      send(tasks[at].process(), 5);
      auto down = co_await receive<down_message>();
      CHECK(down.id == end);
    }
    const std::size_t left = co_await mailbox_length();
    CHECK(left == 0);
  });
}

TEST_CASE("T12 await_many exits as soon as one of the tasks ends without a result") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    const std::vector<async_task<int>> tasks{async(wait_for_int),
                                             async([]() -> int { beamish::exit(atom("crash")); })};
    auto failed = co_await attempt(await_many(tasks, infinity));
    CHECK(failed.reason().value() == failed_with(atom("crash"), tasks, atom("infinity")));
    co_await receive<exit_message>();
    send(tasks[0].process(), 1);
    auto end = co_await receive<exit_message>();
    CHECK(end.from == tasks[0].process());
    const std::size_t left = co_await mailbox_length();
    CHECK(left == 0);
    const std::vector<async_task<int>> normal{
        async([]() -> int { beamish::exit(atom("normal")); })};
    auto no_result = co_await attempt(await_many(normal));
    CHECK(no_result.reason().value() == failed_with(atom("normal"), normal, 5000));
  });
}

TEST_CASE("T12 a task that is given twice is refused") {
  sim::in_all_worlds([]() -> task<> {
    auto t = async([] { return 1; });
    const std::vector twice{t, t};
    auto refused = co_await attempt(await_many(twice));
    REQUIRE(refused.reason().exception() != nullptr);
    CHECK(refused.reason().exception()->what.find("given twice") != std::string::npos);
    co_await t.await();
  });
}

TEST_CASE("T13 yield_many gives what there is in time, in order, and the rest runs on") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    const std::vector<async_task<int>> tasks{async(wait_for_int), async([] { return 1; }),
                                             async([]() -> int { beamish::exit(atom("crash")); })};
    auto some = co_await yield_many(tasks, 50ms);
    REQUIRE(some.size() == 3);
    for (std::size_t at = 0; at < 3; ++at) CHECK(some[at].first == tasks[at]);
    CHECK(!some[0].second);
    CHECK(**some[1].second == 1);
    CHECK(some[2].second->reason().value() == term(atom("crash")));
    send(tasks[0].process(), 7);
    const std::vector rest{tasks[0]};
    auto last = co_await yield_many(rest);
    CHECK(**last[0].second == 7);
    const std::vector<async_task<int>> none;
    auto nothing = co_await yield_many(none);
    CHECK(nothing.empty());
    for (int i = 0; i < 3; ++i) co_await receive<exit_message>();
    const std::size_t left = co_await mailbox_length();
    CHECK(left == 0);
  });
}

TEST_CASE("T13 yield_many can kill or ignore what is not done, and stop at a number") {
  sim::in_all_worlds([]() -> task<> {
    const std::vector<async_task<int>> killed{async(wait_for_int), async(sleepy, 1)};
    auto first =
        co_await yield_many(killed, {.timeout = 50ms, .on_timeout = unfinished::kill_task});
    CHECK(!first[0].second);
    CHECK(**first[1].second == 1);
    CHECK(!alive(killed[0].process()));

    const std::vector<async_task<int>> ignored{async(wait_for_int)};
    auto second = co_await yield_many(ignored, {.timeout = 1ms, .on_timeout = unfinished::ignore});
    CHECK(!second[0].second);
    const reference end = monitor(ignored[0].process());
    auto asked = process_info(ignored[0].process());
    auto info = co_await asked;
    CHECK(info->links.empty());
    send(ignored[0].process(), 1);
    auto down = co_await receive<down_message>();
    CHECK(down.id == end);

    const std::vector<async_task<int>> limited{async(wait_for_int), async([] { return 2; })};
    auto third = co_await yield_many(limited, {.timeout = infinity, .limit = 1});
    CHECK(!third[0].second);
    CHECK(**third[1].second == 2);
    send(limited[0].process(), 3);
    const int three = co_await limited[0].await();
    CHECK(three == 3);
    const std::size_t left = co_await mailbox_length();
    CHECK(left == 0);
  });
}
