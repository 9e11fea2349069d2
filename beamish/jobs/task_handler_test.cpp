// SPDX-License-Identifier: Apache-2.0
#include "beamish/jobs/task_handler.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "beamish/otp/sys.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"
#include "beamish/term/inspect.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct began {
  int task;
};

// A task that tells when it begins, and takes its time.
auto telling(pid listener, int number, duration time) {
  return [listener, number, time]() -> task<> {
    send(listener, began{number});
    co_await beamish::sleep(time);
  };
}

}  // namespace

TEST_CASE("tasks begin in the order in which they were added, whatever the limit") {
  for (std::size_t limit : {1u, 2u, 3u}) {
    sim::in_all_worlds([limit]() -> task<> {
      auto handler = co_await task_handler::start_link({.task_limit = limit});
      for (int i = 1; i <= 8; ++i) handler.add_task(telling(self(), i, 1ms));
      for (int i = 1; i <= 8; ++i) {
        auto next = co_await receive<began>();
        // With more than one slot, two that begin together may be heard in either order.
        if (limit == 1)
          CHECK(next.task == i);
        else
          CHECK(next.task < i + static_cast<int>(limit));
      }
    });
  }
}

TEST_CASE("never more than the limit at a time, and no idle slot while something waits") {
  sim::in_simulation([]() -> task<> {
    auto handler = co_await task_handler::start_link({.task_limit = 8});
    int running = 0;
    int most = 0;
    const auto begin = now();
    std::vector<monitored> submitters;
    for (int i = 0; i < 40; ++i) {
      submitters.push_back(spawn_monitor([handler, &running, &most]() -> task<> {
        auto job = handler.submit([&running, &most]() -> task<> {
          most = std::max(most, ++running);
          co_await beamish::sleep(300ms);
          --running;
        });
        auto done = co_await job;
        CHECK(done.ok());
      }));
    }
    for (std::size_t i = 0; i < submitters.size(); ++i) {
      auto down = co_await receive<down_message>();
      CHECK(down.reason.is_normal());
    }
    CHECK(most == 8);
    // The ideal: five rounds of 300 ms. (The listing of the course needs 10 s.)
    CHECK(now() - begin == 1500ms);
  });
}

TEST_CASE("a submitted task is queued at once, also if nobody awaits it") {
  sim::in_all_worlds([]() -> task<> {
    auto handler = co_await task_handler::start_link({.task_limit = 2});
    const auto tell = [owner = self()]() -> task<> {
      send(owner, atom("ran"));
      co_return;
    };
    auto first = handler.submit(tell);
    auto second = handler.submit(tell);
    co_await receive<atom>();
    co_await receive<atom>();
    {
      [[maybe_unused]] auto dropped = handler.submit(tell);
    }
    co_await receive<atom>();
    // Awaited in any order.
    auto two = co_await second;
    auto one = co_await first;
    CHECK(two.ok());
    CHECK(one.ok());
    auto nothing = co_await receive<term>(0ms);
    CHECK(!nothing);
  });
}

TEST_CASE("ten thousand submitted tasks wait for their responses at once") {
  sim::in_real_world([]() -> task<> {
    auto handler = co_await task_handler::start_link({.task_limit = 4});
    std::vector<submitted<int>> jobs;
    jobs.reserve(10'000);
    for (int i = 0; i < 10'000; ++i) {
      jobs.push_back(handler.submit([i]() -> task<int> { co_return i; }));
    }
    std::int64_t sum = 0;
    for (submitted<int>& job : jobs) {
      auto response = co_await job;
      sum += *response;
    }
    CHECK(sum == 10'000LL * 9'999 / 2);
  });
}

TEST_CASE("the response goes back to who submitted the task: a value, an exception, or an exit") {
  sim::in_all_worlds([]() -> task<> {
    auto handler = co_await task_handler::start_link({.task_limit = 2});
    auto plain = handler.submit([] { return 6 * 7; });
    auto coroutine = handler.submit([]() -> task<std::string> { co_return "done"; });
    auto raising = handler.submit([]() -> int { throw std::runtime_error("oops"); });
    auto leaving = handler.submit([]() -> task<> {
      exit(atom("enough"));
      co_return;
    });
    auto nothing = handler.submit([] {});

    auto answer = co_await plain;
    REQUIRE(answer.ok());
    CHECK(*answer == 42);
    auto text = co_await coroutine;
    REQUIRE(text.ok());
    CHECK(*text == "done");
    auto oops = co_await raising;
    CHECK(!oops.ok());
    REQUIRE(oops.reason().exception() != nullptr);
    CHECK(oops.reason().exception()->what == "oops");
    auto enough = co_await leaving;
    CHECK(enough.reason().is("enough"));
    auto done = co_await nothing;
    CHECK(done.ok());

    auto status = co_await handler.status();
    CHECK(status.completed == 5);
    CHECK(status.tasks.empty());
  });
}

TEST_CASE("a task that raises or is killed harms neither the handler nor its queue") {
  sim::in_all_worlds([]() -> task<> {
    auto handler = co_await task_handler::start_link({.task_limit = 1});
    handler.add_task([]() -> task<> {
      throw std::runtime_error("oops");
      co_return;
    });
    handler.add_task([]() -> task<> { co_await beamish::sleep(infinity); });
    handler.add_task(telling(self(), 3, 0ms));
    // The second one waits for ever: somebody kills it.
    pid victim;
    while (!victim) {
      auto status = co_await handler.status();
      if (status.queue.size() == 1 && !status.tasks.empty())
        victim = status.tasks.front();
      else
        co_await beamish::sleep(1ms);
    }
    exit(victim, exit_reason::kill());
    auto third = co_await receive<began>();
    CHECK(third.task == 3);
  });
}

TEST_CASE("the limit can change while tasks run, and 0 drains") {
  sim::in_simulation([]() -> task<> {
    auto handler = co_await task_handler::start_link({.task_limit = 2});
    co_await handler.set_limit(0);
    for (int i = 1; i <= 6; ++i) handler.add_task(telling(self(), i, 100ms));
    auto none = co_await receive<began>(1s);
    CHECK(!none.has_value());
    co_await handler.set_limit(3);
    for (int i = 1; i <= 3; ++i) {
      auto one = co_await receive<began>();
      CHECK(one.task <= 3);
    }
    co_await handler.set_limit(1);
    // The three that run go on; after them one at a time.
    auto status = co_await handler.status();
    CHECK(status.tasks.size() == 3);
    CHECK(status.queue.size() == 3);
    for (int i = 4; i <= 6; ++i) {
      auto one = co_await receive<began>();
      CHECK(one.task == i);
    }
  });
}

TEST_CASE("beyond the queue's limit a task is rejected, and says so") {
  sim::in_all_worlds([]() -> task<> {
    auto handler = co_await task_handler::start_link({.task_limit = 0, .queue_limit = 1});
    const auto waiting = co_await handler.enqueue([] {});
    CHECK(waiting == 1);
    const auto rejected = co_await handler.enqueue([] {});
    CHECK(rejected == 0);
    auto job = handler.submit([] { return 1; });
    auto answer = co_await job;
    CHECK(inspect(answer.reason()) == "{:rejected, :queue_full}");
    auto status = co_await handler.status();
    CHECK(status.rejected == 2);
    CHECK(status.queue == std::vector<task_id>{1});
  });
}

TEST_CASE("a cancelled task that waits never runs, and its submitter is told") {
  sim::in_all_worlds([]() -> task<> {
    auto handler = co_await task_handler::start_link({.task_limit = 0});
    auto [submitter, monitor] = spawn_monitor([handler]() -> task<> {
      auto job = handler.submit([] { return 1; });
      auto answer = co_await job;
      CHECK(answer.reason().is("cancelled"));
    });
    bool cancelled = false;
    while (!cancelled) {
      cancelled = co_await handler.cancel(1);
      if (!cancelled) co_await beamish::sleep(1ms);
    }
    auto down = co_await receive<down_message>();
    CHECK(down.process == submitter);
    CHECK(down.id == monitor);
    CHECK(down.reason.is_normal());
    const bool again = co_await handler.cancel(1);
    CHECK(!again);
  });
}

TEST_CASE("a cancelled thread keeps its slot until it returns") {
  // Only on real threads: in a simulated world nothing else runs while this one spins.
  sim::in_real_world([]() -> task<> {
    auto handler = co_await task_handler::start_link({.task_limit = 1});
    std::atomic<bool> let_go = false;
    const pid listener = self();
    const auto id = co_await handler.enqueue([&let_go, listener] {
      send(listener, began{1});
      // Ignores its cancel, as code that can't be interrupted does.
      while (!let_go) {
        try {
          sleep_blocking(1ms);
        } catch (const exited& e) {
          // It is not told to sleep any more; only looking at the reason counts as handling it.
          (void)e.reason();
          if (!let_go) std::this_thread::yield();
        }
      }
    });
    handler.add_task(telling(self(), 2, 0ms));
    auto first = co_await receive<began>();
    CHECK(first.task == 1);
    const bool cancelled = co_await handler.cancel(id);
    CHECK(cancelled);
    std::size_t abandoned = 0;
    while (abandoned == 0) {
      auto status = co_await handler.status();
      abandoned = status.abandoned.size();
      CHECK(status.queue.size() == 1);
    }
    let_go = true;
    auto second = co_await receive<began>();
    CHECK(second.task == 2);
  });
}

TEST_CASE("when the handler ends, every submitter gets a response and no task runs on") {
  sim::in_all_worlds([]() -> task<> {
    auto handler = co_await task_handler::start_link({.task_limit = 1});
    std::vector<monitored> submitters;
    for (int i = 0; i < 3; ++i) {
      submitters.push_back(spawn_monitor([handler]() -> task<> {
        auto job = handler.submit([]() -> task<> { co_await beamish::sleep(infinity); });
        auto answer = co_await job;
        CHECK(!answer.ok());
      }));
    }
    std::size_t taken = 0;
    while (taken < 3) {
      auto status = co_await handler.status();
      taken = status.tasks.size() + status.queue.size();
    }
    co_await stop(handler.process());
    for (int i = 0; i < 3; ++i) {
      auto down = co_await receive<down_message>();
      CHECK(down.reason.is_normal());
    }
  });
}

TEST_CASE("when the handler is killed, no task runs on: a successor begins with none") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto handler = co_await task_handler::start_link({.task_limit = 3});
    auto job = handler.submit([]() -> task<> { co_await beamish::sleep(infinity); });
    handler.add_task([]() -> task<> {
      trap_exits(true);
      co_await beamish::sleep(infinity);
    });
    handler.add_task([] { receive_blocking<atom>(); });
    auto status = co_await handler.status();
    REQUIRE(status.tasks.size() == 3);
    for (const pid& p : status.tasks) monitor(p);
    exit(handler.process(), exit_reason::kill());
    auto answer = co_await job;
    CHECK(!answer.ok());
    for (std::size_t i = 0; i < 3; ++i) {
      auto down = co_await receive<down_message>();
      // The monitor may have come too late to hear it.
      CHECK((down.reason.is("killed") || down.reason.is("noproc")));
    }
    auto ended = co_await receive<exit_message>();
    CHECK(ended.reason.is("killed"));
    auto successor = co_await task_handler::start_link({.task_limit = 3});
    status = co_await successor.status();
    CHECK(status.tasks.empty());
  });
}

TEST_CASE("one handler of a name; another name is another handler") {
  sim::in_all_worlds([]() -> task<> {
    auto first = co_await task_handler::start_link();
    CHECK(task_handler::named().process() == first.process());
    auto again = co_await attempt(task_handler::start_link());
    CHECK(!again.ok());
    CHECK(inspect(again.reason().value()).starts_with("{:already_started, "));
    auto other = co_await task_handler::start_link({.name = "Other"});
    CHECK(task_handler::named("Other").process() == other.process());
    CHECK(other.process() != first.process());
  });
}

TEST_CASE("the status prints as Elixir's struct does") {
  sim::in_simulation([]() -> task<> {
    auto handler = co_await task_handler::start_link({.task_limit = 2});
    auto status = co_await handler.status();
    CHECK(inspect(status) == "%TaskHandler{task_limit: 2, tasks: [], queue: []}");
    co_await handler.set_limit(0);
    handler.add_task([] {});
    status = co_await handler.status();
    CHECK(inspect(status) == "%TaskHandler{task_limit: 0, tasks: [], queue: [1]}");
  });
}
