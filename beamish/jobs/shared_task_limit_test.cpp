// SPDX-License-Identifier: Apache-2.0
#include "beamish/jobs/shared_task_limit.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "beamish/jobs/shared_slots.hpp"
#include "beamish/jobs/task_handler.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

TEST_CASE("slots are granted in turn, and who was granted some gets them by asking again") {
  sim::in_simulation([]() -> task<> {
    detail::shared_slots slots(2);
    const auto where = std::make_shared<detail::task_address>();
    const int a = 0, b = 0, c = 0;
    CHECK(slots.take(&a, 2, where));
    CHECK(!slots.take(&b, 1, where));
    CHECK(!slots.take(&c, 1, where));
    CHECK(!slots.take(&a, 1, where));
    CHECK(slots.usage().waiting == 3);
    slots.give_back(2);
    CHECK(slots.usage().taken == 2);
    CHECK(slots.take(&b, 1, where));
    CHECK(slots.would_fit(&c, 1));
    CHECK(!slots.would_fit(&a, 1));
    slots.withdraw(&c);
    CHECK(slots.take(&a, 1, where));
    CHECK(slots.usage().taken == 2);
    CHECK(slots.usage().waiting == 0);
    slots.set_limit(0);
    slots.give_back(2);
    CHECK(!slots.take(&a, 1, where));
    slots.set_limit(1);
    CHECK(slots.take(&a, 1, where));
    co_return;
  });
}

TEST_CASE("handlers with one limit never pass it together, and each gets its share") {
  sim::in_all_worlds([]() -> task<> {
    const shared_task_limit slots(2);
    auto mail = co_await task_handler::start_link(
        {.task_limit = 9, .name = "Mail", .shared_limit = &slots});
    auto images = co_await task_handler::start_link(
        {.task_limit = 9, .name = "Images", .shared_limit = &slots});
    std::atomic<int> running = 0, most = 0;
    std::vector<submitted<void>> jobs;
    std::vector<int> order;
    const auto work = [&](int who) {
      return [&, who]() -> task<> {
        most = std::max<int>(most, ++running);
        co_await beamish::sleep(1ms);
        --running;
        (void)who;
      };
    };
    for (int i = 0; i < 10; ++i) jobs.push_back(mail.submit(work(1)));
    for (int i = 0; i < 10; ++i) jobs.push_back(images.submit(work(2)));
    for (auto& job : jobs) {
      auto done = co_await job;
      CHECK(done.ok());
    }
    CHECK(most == 2);
    CHECK(slots.usage().taken == 0);
    CHECK(slots.usage().waiting == 0);
  });
}

TEST_CASE("a short queue does not wait behind a long one of another handler") {
  sim::in_simulation([]() -> task<> {
    const shared_task_limit slots(1);
    auto busy = co_await task_handler::start_link({.name = "Busy", .shared_limit = &slots});
    auto calm = co_await task_handler::start_link({.name = "Calm", .shared_limit = &slots});
    const auto begin = now();
    for (int i = 0; i < 100; ++i) busy.add_task([]() -> task<> { co_await beamish::sleep(1s); });
    co_await busy.status();
    for (int i = 1; i <= 3; ++i) {
      auto job = calm.submit([]() -> task<> { co_return; });
      auto done = co_await job;
      CHECK(done.ok());
      CHECK(now() - begin <= i * 2s);
    }
  });
}

TEST_CASE("slots that a killed handler held are free for the others") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    const shared_task_limit slots(1);
    auto first = co_await task_handler::start_link({.name = "First", .shared_limit = &slots});
    auto second = co_await task_handler::start_link({.name = "Second", .shared_limit = &slots});
    first.add_task([]() -> task<> { co_await beamish::sleep(infinity); });
    co_await first.status();
    auto job = second.submit([]() -> task<int> { co_return 2; });
    co_await second.status();
    CHECK(slots.usage().waiting == 1);
    exit(first.process(), exit_reason::kill());
    auto got = co_await job;
    CHECK(got.ok());
    slots.set(0);
    auto held = second.submit([]() -> task<int> { co_return 3; });
    auto status = co_await second.status();
    CHECK(status.queue.size() == 1);
    slots.set(1);
    got = co_await held;
    CHECK(got.ok());
  });
}
