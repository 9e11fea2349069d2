// SPDX-License-Identifier: Apache-2.0
// Task handlers by name, and what is said to a wrong use of one.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

#include "beamish/jobs/task_handler.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"
#include "beamish/term/inspect.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

bool has_warned(sim::scene& s, std::string_view text) {
  const auto log = s.log();
  return std::any_of(log.begin(), log.end(), [text](const log_entry& e) {
    return e.level == log_level::warning && e.text.find(text) != std::string::npos;
  });
}

}  // namespace

TEST_CASE("a handler by name is whoever has the name at each use, also after a restart") {
  sim::in_all_worlds([]() -> task<> {
    const auto tasks = task_handler::named("Tasks");
    const auto tell = [listener = self()] { send(listener, 1); };
    for (int i = 0; i < 2; ++i) {
      auto handler = co_await task_handler::start_link({.name = "Tasks"});
      CHECK(tasks.process() == handler.process());
      tasks.add_task(tell);
      co_await receive<int>();
      auto job = tasks.submit([] { return 42; });
      auto response = co_await job;
      REQUIRE(response.ok());
      CHECK(*response == 42);
      const auto id = co_await tasks.enqueue([]() -> task<> { co_await beamish::sleep(infinity); });
      const bool cancelled = co_await tasks.cancel(id);
      CHECK(cancelled);
      co_await tasks.set_limit(3);
      auto status = co_await tasks.status();
      CHECK(status.task_limit == 3);
      co_await stop(handler.process());
      CHECK(!tasks.process());
    }
  });
}

TEST_CASE("an error of a handler by name says the name that its user wrote") {
  sim::in_all_worlds([]() -> task<> {
    const auto tasks = task_handler::named("Tasks");
    auto status = co_await attempt(tasks.status());
    const std::string none = "{:noproc, {:gen_server, :call, [:Tasks, ";
    CHECK(inspect(status.reason().value()).starts_with(none));
    auto cancelled = co_await attempt(tasks.cancel(1));
    CHECK(inspect(cancelled.reason().value()).starts_with(none));
    auto limited = co_await attempt(tasks.set_limit(1));
    CHECK(inspect(limited.reason().value()).starts_with(none));
    auto job = tasks.submit([] { return 1; });
    auto response = co_await job;
    CHECK(inspect(response.reason()) == "{:noproc, :Tasks}");
  });
}

TEST_CASE("a task that is added where nobody is, is dropped with a warning") {
  sim::in_all_worlds([](sim::scene& s) -> task<> {
    task_handler::named("Tasks").add_task([] {});
    CHECK(has_warned(s, "add_task: there is no task handler :Tasks; the task was dropped"));
    auto handler = co_await task_handler::start_link();
    co_await stop(handler.process());
    handler.add_task([] {});
    CHECK(has_warned(s, "add_task: there is no task handler #PID<"));
    task_handler().add_task([] {});
    CHECK(has_warned(s, "add_task: there is no task handler #PID<0.0.0>"));
  });
}
