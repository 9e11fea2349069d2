// SPDX-License-Identifier: Apache-2.0
#include "beamish/jobs/task_event.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include "beamish/jobs/task_handler.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"
#include "beamish/term/inspect.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

using kind = task_event::kind;

// All that was told up to the last event of `tasks` tasks.
task<std::vector<task_event>> story_of(std::size_t tasks) {
  std::vector<task_event> all;
  while (tasks > 0) {
    task_event next = co_await receive<task_event>();
    if (next.is_last()) --tasks;
    all.push_back(std::move(next));
  }
  co_return all;
}

std::string shape_of(const std::vector<task_event>& story) {
  std::string text;
  for (const task_event& e : story)
    text += std::to_string(e.id) + " " + std::string(name_of(e.what)) + "\n";
  return text;
}

}  // namespace

TEST_CASE("a subscriber hears what becomes of each task, in one numbered order, with times") {
  sim::in_simulation([]() -> task<> {
    auto handler = co_await task_handler::start_link({.task_limit = 1});
    co_await handler.subscribe();
    const auto begin = now();
    handler.add_task([]() -> task<> { co_await beamish::sleep(2s); }, {.label = "first"});
    handler.add_task(
        []() -> task<> {
          throw std::runtime_error("oops");
          co_return;
        },
        {.retries = 1, .backoff = {.first = 1s, .jitter = 0}});
    const auto story = co_await story_of(2);
    CHECK(
        shape_of(story) ==
        "1 queued\n1 started\n2 queued\n1 finished\n2 started\n2 retried\n2 started\n2 finished\n");
    for (std::size_t i = 0; i < story.size(); ++i) CHECK(story[i].number == i + 1);
    CHECK(story[0].label == "first");
    CHECK(story[3].reason.is_normal());
    CHECK(story[3].at - begin == 2s);
    CHECK(story[4].attempt == 1);
    CHECK(story[6].attempt == 2);
    CHECK(story[6].at - begin == 3s);
    CHECK(story[7].reason.exception()->what == "oops");
  });
}

TEST_CASE("a task tells how far it is, and which attempt it is") {
  sim::in_all_worlds([]() -> task<> {
    auto handler = co_await task_handler::start_link();
    co_await handler.subscribe();
    auto job = handler.submit([](task_progress& here) -> task<int> {
      here.report(10);
      here.report(atom("nearly"));
      co_return static_cast<int>(here.id());
    });
    auto blocking = handler.submit([](task_progress& here) { here.report(here.attempt()); });
    auto value = co_await job;
    CHECK(*value == 1);
    auto done = co_await blocking;
    CHECK(done.ok());
    std::string told;
    const auto story = co_await story_of(2);
    for (const task_event& e : story) {
      if (e.what == kind::progress && e.id == 1) told += inspect(e.value) + " ";
    }
    CHECK(told == "10 :nearly ");
  });
}

TEST_CASE("cancelled, timed out, and lost with the handler are ends of their own kind") {
  sim::in_simulation([]() -> task<> {
    auto handler = co_await task_handler::start_link({.task_limit = 1});
    co_await handler.subscribe();
    const auto wait = []() -> task<> { co_await beamish::sleep(infinity); };
    handler.add_task(wait, {.timeout = 1s});
    auto second = handler.submit(wait);
    handler.add_task(wait);
    handler.add_task(wait);
    const bool waiting = co_await handler.cancel(3);
    CHECK(waiting);
    co_await beamish::sleep(2s);
    const bool running = co_await handler.cancel(2);
    CHECK(running);
    auto ended = co_await second;
    CHECK(ended.reason().is("cancelled"));
    co_await handler.stop();
    const auto story = co_await story_of(4);
    std::string ends;
    for (const task_event& e : story) {
      if (e.is_last()) ends += std::to_string(e.id) + std::string(name_of(e.what)) + " ";
    }
    CHECK(ends == "3cancelled 1timed_out 2cancelled 4lost ");
  });
}

TEST_CASE("who unsubscribes or ends hears nothing more, and the handler goes on") {
  sim::in_simulation([]() -> task<> {
    auto handler = co_await task_handler::start_link();
    const auto brief = spawn_monitor([handler]() -> task<> { co_await handler.subscribe(); });
    auto down = co_await receive<down_message>();
    CHECK(down.id == brief.id);
    CHECK(down.reason.is_normal());
    co_await handler.subscribe();
    co_await handler.subscribe();  // twice is once
    auto job = handler.submit([] {});
    auto done = co_await job;
    CHECK(done.ok());
    const auto story = co_await story_of(1);
    CHECK(story.size() == 3);
    co_await handler.unsubscribe();
    auto other = handler.submit([] {});
    done = co_await other;
    CHECK(done.ok());
    auto none = co_await receive<task_event>(1s);
    CHECK(!none);
  });
}
