// SPDX-License-Identifier: Apache-2.0
// Task handlers by name, and what is said to a wrong use of one.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "beamish/jobs/task_handler.hpp"
#include "beamish/otp/registry.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/otp/whereis.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"
#include "beamish/term/inspect.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

bool has_warned(sim::world& s, std::string_view text) {
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
  sim::in_all_worlds([](sim::world& s) -> task<> {
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

TEST_CASE("a function that is empty is refused where it is given, not where it would run") {
  sim::in_all_worlds([]() -> task<> {
    auto handler = co_await task_handler::start_link();
    const std::function<int()> none;
    const std::function<task<>()> no_coroutine;
    void (*const nothing)() = nullptr;
    CHECK_THROWS_AS(handler.add_task(none), argument_error);
    CHECK_THROWS_AS(handler.add_task(no_coroutine), argument_error);
    CHECK_THROWS_AS(handler.add_task(nothing), argument_error);
    CHECK_THROWS_AS((void)handler.enqueue(none), argument_error);
    CHECK_THROWS_WITH((void)handler.submit(none),
                      "task_handler: the function is empty, so there is nothing to run");
    auto job = handler.submit(std::function<int()>([] { return 42; }));
    auto response = co_await job;
    REQUIRE(response.ok());
    CHECK(*response == 42);
    auto status = co_await handler.status();
    CHECK(status.completed == 1);
  });
}

TEST_CASE("a response can be awaited once, and only by the process that submitted the task") {
  sim::in_all_worlds([]() -> task<> {
    auto handler = co_await task_handler::start_link();
    auto job = handler.submit([] { return 42; });
    spawn_monitor([&job]() -> task<> {
      auto stolen = co_await job;
      CHECK(!stolen.ok());
    });
    auto down = co_await receive<down_message>();
    REQUIRE(down.reason.exception() != nullptr);
    CHECK(down.reason.exception()->what.starts_with("submit: only the process that submitted"));
    auto response = co_await job;
    CHECK(response.ok());
    const auto await_again = [](submitted<int>& taken) -> task<int> {
      auto nothing = co_await taken;
      co_return *nothing;
    };
    auto again = co_await attempt(await_again(job));
    REQUIRE(again.reason().exception() != nullptr);
    CHECK(again.reason().exception()->what.starts_with("submit: the response was taken"));
  });
}

TEST_CASE("a task that is submitted when the handler has ended gets noproc as its response") {
  sim::in_all_worlds([]() -> task<> {
    auto handler = co_await task_handler::start_link();
    co_await stop(handler.process());
    auto job = handler.submit([] { return 1; });
    auto response = co_await job;
    CHECK(inspect(response.reason()).starts_with("{:noproc, #PID<"));
    const auto enqueue = [](task_handler to) -> task<task_id> {
      co_return co_await to.enqueue([] {});
    };
    auto id = co_await attempt(enqueue(handler));
    CHECK(inspect(id.reason().value()).starts_with("{:noproc, {:gen_server, :call, "));
  });
}

TEST_CASE("with a queue limit of 0 a task runs at once or is rejected") {
  sim::in_all_worlds([]() -> task<> {
    auto handler = co_await task_handler::start_link({.task_limit = 1, .queue_limit = 0});
    auto first = handler.submit([]() -> task<> { co_await receive<atom>(); });
    auto second = handler.submit([] { return 2; });
    auto rejected = co_await second;
    CHECK(inspect(rejected.reason()) == "{:rejected, :queue_full}");
    auto status = co_await handler.status();
    REQUIRE(status.tasks.size() == 1);
    send(status.tasks.front(), atom("leave"));
    auto response = co_await first;
    CHECK(response.ok());
    auto third = handler.submit([]() -> task<int> { co_return 3; });
    auto value = co_await third;
    CHECK(value.ok());
  });
}

TEST_CASE("with a task limit of 0 tasks wait until it is raised") {
  sim::in_simulation([]() -> task<> {
    auto handler = co_await task_handler::start_link({.task_limit = 0});
    auto job = handler.submit([]() -> task<int> { co_return 42; });
    co_await beamish::sleep(1h);
    auto status = co_await handler.status();
    CHECK(status.queue.size() == 1);
    CHECK(status.completed == 0);
    co_await handler.set_limit(1);
    auto response = co_await job;
    CHECK(response.ok());
  });
}

TEST_CASE("to cancel an id that no task has, or whose task is over, is false and harms nobody") {
  sim::in_all_worlds([]() -> task<> {
    auto handler = co_await task_handler::start_link({.task_limit = 1});
    auto job = handler.submit([]() -> task<int> { co_return 42; });  // its id is 1
    auto response = co_await job;
    CHECK(response.ok());
    for (const task_id id : {task_id{0}, task_id{1}, task_id{99}}) {
      const bool cancelled = co_await handler.cancel(id);
      CHECK(!cancelled);
    }
    auto status = co_await handler.status();
    CHECK(status.completed == 1);
  });
}

TEST_CASE("a handler's name may be the key of a registry; that of a tree may not") {
  sim::in_all_worlds([]() -> task<> {
    using keys = registry<std::string, int>;
    auto r = co_await keys::start_link({.keys = unique, .name = "r"});
    const via jobs(r, "jobs");
    const auto by_key = task_handler::named(jobs);
    CHECK(!by_key.process());
    auto early = by_key.submit([]() -> task<int> { co_return 1; });
    auto nobody = co_await early;
    CHECK(nobody.reason().value() == tuple(atom("noproc"), destination(jobs).to_term()));
    auto handler = co_await task_handler::start_link({.registry_name = &jobs});
    CHECK(by_key.process() == handler.process());
    CHECK(!whereis("TaskHandler"));
    auto job = by_key.submit([]() -> task<int> { co_return 6 * 7; });
    auto response = co_await job;
    CHECK(*response == 42);
    auto status = co_await by_key.status();
    CHECK(status.task_limit == 2);
    unlink(handler.process());
    co_await by_key.stop();
    CHECK(!by_key.process());
    CHECK_THROWS_AS(task_handler::child_spec({.registry_name = &jobs}), argument_error);
    unlink(r.process());
    co_await stop(r);
  });
}
