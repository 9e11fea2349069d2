// SPDX-License-Identifier: Apache-2.0
// Task handlers in a tree of their own: what a kill of each of its processes does.
#include "beamish/jobs/task_tree.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "beamish/jobs/task_handler.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/otp/whereis.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"
#include "beamish/term/inspect.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

const exit_reason kill = exit_reason::kill();

task<pid> child_of(task_handler handler, std::string_view id) {
  const supervisor tree(handler.supervisor());
  const auto rows = co_await tree.which_children();
  for (const child_info& row : rows) {
    if (inspect(row.id) == ":" + std::string(id)) co_return row.process;
  }
  co_return pid{};
}

task<> kill_child(task_handler handler, std::string_view id) {
  const pid victim = co_await child_of(handler, id);
  const reference down = monitor(victim);
  exit(victim, kill);
  const auto is_it = [&down](const down_message& m) { return m.id == down; };
  co_await receive_if<down_message>(is_it);
}

auto sleeping(duration time, int value) {
  return [time, value]() -> task<int> {
    co_await beamish::sleep(time);
    co_return value;
  };
}

void check_value(answer<int>& got, int value) {
  REQUIRE(got.ok());
  CHECK(*got == value);
}

}  // namespace

TEST_CASE("the tree: a supervisor with a queue, the tasks, and the handler, which has the name") {
  sim::in_all_worlds([]() -> task<> {
    auto handler = co_await task_handler::start_tree({.name = "Safe"});
    CHECK(whereis("Safe") == handler.process());
    CHECK(whereis("Safe.Supervisor") == handler.supervisor());
    const supervisor tree(handler.supervisor());
    const auto rows = co_await tree.which_children();
    REQUIRE(rows.size() == 3);
    CHECK(inspect(rows[0].id) == ":handler");
    CHECK(inspect(rows[1].id) == ":tasks");
    CHECK(inspect(rows[2].id) == ":queue");
    auto job = handler.submit([] { return 42; });
    auto got = co_await job;
    check_value(got, 42);
    co_await handler.stop();
    CHECK(!handler.process());
  });
}

TEST_CASE("a killed handler loses neither what runs nor what waits") {
  sim::in_all_worlds([]() -> task<> {
    auto handler = co_await task_handler::start_tree({.task_limit = 2, .name = "Safe"});
    std::vector<submitted<int>> jobs;
    for (int i = 0; i < 6; ++i) jobs.push_back(handler.submit(sleeping(2ms, i)));
    auto status = co_await handler.status();
    CHECK(status.tasks.size() + status.queue.size() + status.completed == 6);
    for (int i = 0; i < 3; ++i) co_await kill_child(handler, "handler");
    for (int i = 0; i < 6; ++i) {
      auto got = co_await jobs[static_cast<std::size_t>(i)];
      check_value(got, i);
    }
    status = co_await handler.status();
    CHECK(status.completed == 6);
    CHECK(status.taken == 0);
    co_await handler.stop();
  });
}

TEST_CASE("a task that ended while there was no handler is told by the next one") {
  sim::in_simulation([]() -> task<> {
    auto handler = co_await task_handler::start_tree({.name = "Safe"});
    auto value = handler.submit([]() -> task<int> {
      exit(task_handler::named("Safe").process(), kill);
      co_return 42;
    });
    auto got = co_await value;
    check_value(got, 42);
    auto failing = handler.submit([]() -> task<int> {
      exit(task_handler::named("Safe").process(), kill);
      throw std::runtime_error("oops");
      co_return 0;
    });
    got = co_await failing;
    REQUIRE(got.reason().exception() != nullptr);
    CHECK(got.reason().exception()->what == "oops");
    co_await handler.stop();
  });
}

TEST_CASE("a killed queue is started again, and nobody notices") {
  sim::in_all_worlds([]() -> task<> {
    auto handler = co_await task_handler::start_tree({.task_limit = 1, .name = ""});
    auto running = handler.submit(sleeping(2ms, 1));
    auto waiting = handler.submit(sleeping(0ms, 2));
    co_await handler.status();
    const pid before = handler.process();
    co_await kill_child(handler, "queue");
    auto got = co_await running;
    check_value(got, 1);
    got = co_await waiting;
    check_value(got, 2);
    CHECK(handler.process() == before);
    co_await handler.stop();
  });
}

TEST_CASE("a queue that is stopped takes nothing from the handler that works") {
  sim::in_all_worlds([]() -> task<> {
    auto handler = co_await task_handler::start_tree({.task_limit = 1});
    auto runs = handler.submit(sleeping(10ms, 1));
    auto waits = handler.submit(sleeping(0ms, 2));
    const supervisor tree(handler.supervisor());
    CHECK((co_await tree.terminate_child(atom("queue"))).ok());
    CHECK((co_await handler.status()).queue.size() == 1);
    CHECK((co_await tree.restart_child(atom("queue"))).ok());
    auto got = co_await runs;
    check_value(got, 1);
    got = co_await waits;
    check_value(got, 2);
    co_await stop(tree.process());
  });
}

TEST_CASE("a node that stops leaves the order of its end to the tree of a handler") {
  node n({.name = "closing@test", .workers = 2});
  for (int round = 0; round < 20; ++round) {
    n.start();
    std::atomic<int> answered{0};
    const auto submitter = [&](task_handler handler) -> task<> {
      trap_exits(true);
      auto job = handler.submit(sleeping(1ms, 1));
      auto got = co_await job;
      answered += got.ok() ? 100 : 1;
    };
    n.spawn([&]() -> task<> {
      auto handler = co_await task_handler::start_tree({.task_limit = 4, .drain = 60s});
      for (int i = 0; i < 20; ++i) spawn(submitter, handler);
      co_await receive<int>();
    });
    while (answered < 300) std::this_thread::yield();
    CHECK(n.stop(60s));
    CHECK(answered == 2000);
  }
}

TEST_CASE("tasks that ran under killed `tasks` are lost, and told so; those that wait go on") {
  sim::in_all_worlds([]() -> task<> {
    auto handler = co_await task_handler::start_tree({.task_limit = 1, .name = "Safe"});
    auto running = handler.submit(sleeping(infinity, 1));
    auto waiting = handler.submit(sleeping(0ms, 2));
    co_await handler.status();
    co_await kill_child(handler, "tasks");
    auto got = co_await running;
    CHECK(inspect(got.reason()).starts_with("{:lost, "));
    got = co_await waiting;
    check_value(got, 2);
    co_await handler.stop();
  });
}

TEST_CASE("the status is told although the runner that was asked for it has been killed") {
  sim::in_all_worlds([]() -> task<> {
    auto handler =
        co_await task_handler::start_tree({.name = "Tree", .when_lost = lost_tasks::start_again});
    const pid runner = co_await child_of(handler, "tasks");
    exit(runner, kill);
    auto job = handler.submit(sleeping(1ms, 7));
    const auto status = co_await handler.status();
    CHECK(status.tasks.size() + status.completed == 1);
    auto got = co_await job;
    check_value(got, 7);
    co_await handler.stop();
  });
}

TEST_CASE("the slot of a cancelled thread is free when it returns after the end of its runner") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    auto handler = co_await task_handler::start_tree({.name = "Tree"});
    std::atomic<bool> begun = false, may_return = false;
    auto job = handler.submit([&] {
      begun = true;
      while (!may_return) sleep_blocking(1ms);
    });
    co_await s.eventually("it runs", 10s, [&] { return begun.load(); });
    const bool cancelled = co_await handler.cancel(1);
    CHECK(cancelled);
    auto got = co_await job;
    CHECK(got.reason().is("cancelled"));
    co_await kill_child(handler, "tasks");
    may_return = true;
    for (;;) {
      const auto status = co_await handler.status();
      if (status.taken == 0 && status.abandoned.empty()) break;
      co_await beamish::sleep(10ms);
    }
    co_await handler.stop();
  });
}

TEST_CASE("lost tasks start again if the handler is told so, or if they may be retried") {
  sim::in_all_worlds([]() -> task<> {
    auto handler = co_await task_handler::start_tree(
        {.task_limit = 2, .name = "Safe", .when_lost = lost_tasks::start_again});
    auto job = handler.submit(sleeping(3ms, 1));
    auto thread = handler.submit([] {
      sleep_blocking(3ms);
      return 2;
    });
    co_await handler.status();
    co_await kill_child(handler, "tasks");
    auto got = co_await job;
    check_value(got, 1);
    got = co_await thread;
    check_value(got, 2);
    co_await handler.stop();

    auto other = co_await task_handler::start_tree({.name = "Other"});
    auto patient = other.submit(sleeping(3ms, 3), {.retries = 1, .backoff = {.first = 1ms}});
    co_await other.status();
    co_await kill_child(other, "tasks");
    got = co_await patient;
    check_value(got, 3);
    co_await other.stop();
  });
}

TEST_CASE("with the supervisor everything ends, and every submitter hears of it") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto handler = co_await task_handler::start_tree({.task_limit = 1, .name = "Safe"});
    auto running = handler.submit(sleeping(infinity, 1));
    auto waiting = handler.submit(sleeping(0ms, 2));
    auto later = handler.submit(sleeping(0ms, 3), {.delay = 1h});
    auto status = co_await handler.status();
    REQUIRE(status.tasks.size() == 1);
    const reference ended = monitor(status.tasks.front());
    exit(handler.supervisor(), kill);
    for (auto* job : {&running, &waiting, &later}) {
      auto got = co_await *job;
      CHECK(!got.ok());
    }
    const auto is_it = [&ended](const down_message& m) { return m.id == ended; };
    co_await receive_if<down_message>(is_it);
    const auto link = co_await receive<exit_message>();
    CHECK(link.reason.is("killed"));
  });
}

TEST_CASE("as a child of a supervisor the whole tree may be killed, and the queue survives") {
  sim::in_all_worlds([]() -> task<> {
    child_list children{
        task_handler::child_spec({.task_limit = 1, .name = "Safe", .max_restarts = 9})};
    auto top = co_await supervisor::start_link(children, {.strategy = one_for_one});
    const auto handler = task_handler::named("Safe");
    auto running = handler.submit(sleeping(infinity, 1));
    auto waiting = handler.submit(sleeping(0ms, 2));
    co_await handler.status();
    const pid tree = handler.supervisor();
    const reference down = monitor(tree);
    exit(tree, kill);
    const auto is_it = [&down](const down_message& m) { return m.id == down; };
    co_await receive_if<down_message>(is_it);
    auto got = co_await running;
    CHECK(inspect(got.reason()).starts_with("{:lost, "));
    got = co_await waiting;
    check_value(got, 2);
    CHECK(handler.supervisor() != tree);
    co_await stop(top.process());
    auto none = handler.submit(sleeping(0ms, 3));
    got = co_await none;
    CHECK(inspect(got.reason()) == "{:noproc, :Safe}");
  });
}

TEST_CASE("a tree that is stopped in order tells everybody, after what it was given time for") {
  sim::in_simulation([]() -> task<> {
    auto handler = co_await task_handler::start_tree({.task_limit = 1});
    auto quick = handler.submit(sleeping(1s, 1));
    auto queued = handler.submit(sleeping(1s, 2));
    auto slow = handler.submit(sleeping(1h, 3));
    const auto begin = now();
    co_await handler.stop(10s);
    CHECK(now() - begin == 10s);
    auto got = co_await quick;
    check_value(got, 1);
    got = co_await queued;
    check_value(got, 2);
    got = co_await slow;
    CHECK(!got.ok());
    auto single = co_await task_handler::start_link({.drain = 10s});
    auto last = single.submit(sleeping(1s, 4));
    co_await single.stop();
    got = co_await last;
    check_value(got, 4);
  });
}

TEST_CASE("a task and a handler may be stopped from anywhere: a cancel finds what was adopted") {
  sim::in_all_worlds([]() -> task<> {
    auto handler = co_await task_handler::start_tree({.task_limit = 1, .name = "Safe"});
    auto running = handler.submit(sleeping(infinity, 1));
    auto waiting = handler.submit(sleeping(infinity, 2));
    co_await handler.status();
    co_await kill_child(handler, "handler");
    bool cancelled = co_await handler.cancel(2);
    CHECK(cancelled);
    cancelled = co_await handler.cancel(1);
    CHECK(cancelled);
    auto got = co_await running;
    CHECK(got.reason().is("cancelled"));
    got = co_await waiting;
    CHECK(got.reason().is("cancelled"));
    co_await handler.stop();
  });
}

TEST_CASE("timeouts, delays, keys and subscribers survive the handler") {
  sim::in_simulation([]() -> task<> {
    auto handler = co_await task_handler::start_tree({.task_limit = 1, .name = "Safe"});
    co_await handler.subscribe();
    const auto begin = now();
    auto overdue = handler.submit(sleeping(infinity, 1), {.timeout = 10s});
    auto later = handler.submit(sleeping(0s, 2), {.delay = 5s, .key = "one"});
    co_await handler.status();
    co_await beamish::sleep(2s);
    co_await kill_child(handler, "handler");
    auto twice = handler.submit(sleeping(0s, 3), {.key = "one"});
    auto got = co_await twice;
    CHECK(inspect(got.reason()) == "{:rejected, {:duplicate, 2}}");
    got = co_await overdue;
    CHECK(got.reason().is("timeout"));
    CHECK(now() - begin == 10s);
    got = co_await later;
    check_value(got, 2);
    std::string ends;
    while (ends.size() < 2) {
      auto e = co_await receive<task_event>();
      if (e.is_last()) ends += std::to_string(e.id);
    }
    CHECK(ends == "12");
    co_await handler.stop();
  });
}

TEST_CASE("a tree without room for a thread waits, in order") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    s.node().core().max_threads = 1;
    auto handler = co_await task_handler::start_tree({.task_limit = 3, .name = "Safe"});
    std::vector<submitted<int>> jobs;
    for (int i = 0; i < 4; ++i)
      jobs.push_back(handler.submit([i] {
        sleep_blocking(10us);
        return i;
      }));
    for (int i = 0; i < 4; ++i) {
      auto got = co_await jobs[static_cast<std::size_t>(i)];
      check_value(got, i);
    }
    co_await handler.stop();
  });
}

TEST_CASE("a specification that is started twice makes two handlers, and needs a name") {
  CHECK_THROWS_AS(task_handler::child_spec({.name = ""}), argument_error);
  sim::in_simulation([]() -> task<> {
    auto handler = co_await task_handler::start_tree({.name = "Safe"});
    auto again = co_await attempt(task_handler::start_tree({.name = "Safe"}));
    CHECK(!again.ok());
    co_await handler.stop();
    auto next = co_await task_handler::start_tree({.name = "Safe"});
    auto job = next.submit([] { return 1; });
    auto got = co_await job;
    check_value(got, 1);
    co_await next.stop();
  });
}
