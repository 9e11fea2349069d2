// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/task_supervisor.hpp"

#include <algorithm>

#include "beamish/otp/sys.hpp"
#include "beamish/otp/task_cases.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/sim/testing.hpp"
#include "beamish/term/inspect.hpp"

using namespace beamish;
using namespace beamish::cases;
using namespace std::chrono_literals;

namespace {

task<int> wait_for_int() { co_return co_await receive<int>(); }
int crash() { beamish::exit(atom("crash")); }
int crash_at_two(int x) {
  if (x == 2) beamish::exit(atom("two"));
  return x;
}

task<process_picture> picture_of(pid p) {
  auto asked = process_info(p);
  auto info = co_await asked;
  co_return *info;
}

task<> until_children(task_supervisor s, std::size_t count) {
  for (;;) {
    auto all = co_await s.children();
    if (all.size() == count) co_return;
    co_await sleep(1ms);
  }
}

bool has(const std::vector<pid>& all, pid p) { return std::count(all.begin(), all.end(), p) == 1; }

}  // namespace

TEST_CASE(
    "T24 a supervisor's async is its child, linked to the caller; async_nolink isn't linked") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await task_supervisor::start_link({.name = "tasks"});
    auto t = co_await s.async(wait_for_int);
    auto of_task = co_await picture_of(t.process());
    CHECK(of_task.links.size() == 2);
    CHECK(has(of_task.links, s.process()));
    CHECK(has(of_task.links, self()));
    CHECK(of_task.monitored_by == std::vector{self()});
    auto all = co_await s.children();
    CHECK(all == std::vector{t.process()});
    send(t.process(), 5);
    const int five = co_await t.await();
    CHECK(five == 5);

    auto n = co_await s.async_nolink(wait_for_int);
    auto of_nolink = co_await picture_of(n.process());
    CHECK(of_nolink.links == std::vector{s.process()});
    send(n.process(), 6);
    auto six = co_await n.yield();
    CHECK(**six == 6);

    auto crashed = co_await s.async_nolink(crash);
    auto down = co_await receive<down_message>();
    CHECK(down.id == crashed.id());
    CHECK(down.process == crashed.process());
    CHECK(down.reason.value() == term(atom("crash")));

    auto caller = spawn_monitor([]() -> task<> {
      auto by_name = task_supervisor::named("tasks");
      co_await by_name.async(crash);
      co_await receive<int>();
    });
    auto end = co_await receive<down_message>();
    CHECK(end.id == caller.id);
    CHECK(end.reason.value() == term(atom("crash")));
    CHECK(alive(s.process()));
    const std::size_t left = co_await mailbox_length();
    CHECK(left == 0);
    co_await s.stop();
  });
}

TEST_CASE("T24 tasks of a supervisor may be coroutines, have arguments, and block") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await task_supervisor::start_link();
    const std::string text = "text";
    auto plain =
        co_await s.async([](const std::string& t, int n) { return t.size() + n; }, text, 1);
    auto threaded = co_await s.async(on_thread([] { return 7; }));
    auto nolink = co_await s.async_nolink(on_thread([] { return callers(); }));
    auto fails = co_await s.async_nolink(on_thread([]() -> int { throw std::runtime_error("x"); }));
    const auto five = co_await plain.await();
    CHECK(five == 5);
    const int seven = co_await threaded.await();
    CHECK(seven == 7);
    // Linked tasks that a stop meets before they have ended take their caller along.
    co_await end_of(plain.process());
    co_await end_of(threaded.process());
    const auto by = co_await nolink.await();
    CHECK(by == std::vector{self()});
    auto failed = co_await fails.yield();
    CHECK(failed->reason().exception()->what == "x");
    co_await s.stop();
    auto nobody = co_await attempt(s.async(crash));
    CHECK(nobody.reason().value().elements()[0] == term(atom("noproc")));
  });
}

TEST_CASE("T16 a supervised task's callers are who asked, its ancestors the supervisor's") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await task_supervisor::start_link();
    auto starting = s.async([s]() -> task<std::vector<pid>> {
      auto inner = co_await s.async_nolink([] { return callers(); });
      auto seen = co_await inner.await();
      co_return seen;
    });
    auto t = co_await starting;
    auto seen = co_await t.await();
    CHECK(seen == std::vector{t.process(), self()});
    auto ancestry = co_await s.async([] { return ancestors(); });
    auto above = co_await ancestry.await();
    REQUIRE(!above.empty());
    CHECK(above[0] == s.process());
    CHECK(above[1] == self());
    const pid me = self();
    auto child = co_await s.start_child([me] { send(me, callers()); });
    auto of_child = co_await receive<std::vector<pid>>();
    CHECK(of_child == std::vector{me});
    co_await s.stop();
  });
}

TEST_CASE("T25 beyond max_children async throws, and start_child answers max_children") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await task_supervisor::start_link({.max_children = 1});
    auto only = co_await s.async(wait_for_int);
    auto more = co_await attempt(s.async(crash));
    REQUIRE(more.reason().exception() != nullptr);
    CHECK(more.reason().exception()->type == "std::runtime_error");
    CHECK(more.reason().exception()->what.find("max_children") != std::string::npos);
    auto threaded = co_await attempt(s.async_nolink(on_thread(crash)));
    CHECK(!threaded.ok());
    auto child = co_await s.start_child(crash);
    CHECK(child.reason().value() == term(atom("max_children")));
    send(only.process(), 1);
    co_await only.await();
    co_await until_children(s, 0);
    auto next = co_await s.async(wait_for_int);
    send(next.process(), 2);
    co_await next.await();
    co_await s.stop();
  });
}

TEST_CASE("T26 start_child is fire and forget, and restarts only what it is told to") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await task_supervisor::start_link({.max_restarts = 2});
    const pid me = self();
    auto temporary = co_await s.start_child([me]() -> task<> {
      send(me, self());
      const atom how = co_await receive<atom>();
      beamish::exit(how);
    });
    REQUIRE(temporary.ok());
    auto started = co_await receive<pid>();
    CHECK(started == *temporary);
    auto info = co_await picture_of(started);
    CHECK(info.links == std::vector{s.process()});
    CHECK(info.monitored_by.empty());
    send(started, atom("crash"));
    co_await until_children(s, 0);

    const auto restarted = [me]() -> task<> {
      send(me, self());
      const atom how = co_await receive<atom>();
      beamish::exit(how);
    };
    auto transient = co_await s.start_child(restarted, {.restart = restart_kind::transient});
    pid now = co_await receive<pid>();
    CHECK(now == *transient);
    send(now, atom("crash"));
    const pid second = co_await receive<pid>();
    CHECK(second != now);
    auto children = co_await s.children();
    CHECK(children == std::vector{second});
    send(second, atom("shutdown"));
    co_await until_children(s, 0);

    auto permanent = co_await s.start_child(restarted, {.restart = restart_kind::permanent});
    now = co_await receive<pid>();
    CHECK(now == *permanent);
    send(now, atom("normal"));
    now = co_await receive<pid>();
    // One restart more than max_restarts within max_seconds: the supervisor gives up.
    trap_exits(true);
    send(now, atom("normal"));
    auto end = co_await receive<exit_message>();
    CHECK(end.from == s.process());
    CHECK(end.reason == exit_reason::shutdown());
    const std::size_t left = co_await mailbox_length();
    CHECK(left == 0);
  });
}

TEST_CASE("T26 callers of a restarted task are those of the first; it may run on a thread") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await task_supervisor::start_link();
    const pid me = self();
    const auto function = on_thread([me] {
      send(me, callers());
      receive_blocking<int>();
      beamish::exit(atom("crash"));
    });
    auto child = co_await s.start_child(function, {.restart = restart_kind::transient});
    auto first = co_await receive<std::vector<pid>>();
    CHECK(first == std::vector{me});
    send(*child, 1);
    auto second = co_await receive<std::vector<pid>>();
    CHECK(second == std::vector{me});
    auto all = co_await s.children();
    const bool ended = co_await s.terminate_child(all.at(0));
    CHECK(ended);
    co_await s.stop();
  });
}

namespace {

// Says so when it is told to end, and takes its time.
task<> slow_to_end(pid owner, int id, duration time) {
  trap_exits(true);
  send(owner, id);
  co_await receive<exit_message>();
  send(owner, id);
  co_await sleep(time);
}

}  // namespace

TEST_CASE("T27 stopping the supervisor ends its tasks, each within its own shutdown time") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await task_supervisor::start_link();
    const pid me = self();
    const auto slow = [me](int id, duration time) {
      return [me, id, time] { return slow_to_end(me, id, time); };
    };
    auto polite = co_await s.start_child(slow(1, 1ms));
    auto too_slow = co_await s.start_child(slow(2, 1h), {.shutdown = shutdown_limit::after(100ms)});
    auto brutal = co_await s.start_child(slow(3, 1h), {.shutdown = brutal_kill});
    auto patient = co_await s.start_child(slow(4, 200ms), {.shutdown = shutdown_limit::wait()});
    auto plain = co_await s.async_nolink(wait_for_int);
    for (int i = 0; i < 4; ++i) co_await receive<int>();
    std::vector<std::pair<pid, const char*>> ends{
        {*polite, "normal"}, {*too_slow, "killed"}, {*brutal, "killed"}, {*patient, "normal"}};
    for (const auto& [child, reason] : ends) monitor(child);
    for (const auto& [child, reason] : ends) co_await picture_of(child);
    co_await s.stop();
    int told = 0;
    for (int i = 0; i < 3; ++i) told += co_await receive<int>();
    CHECK(told == 1 + 2 + 4);
    for (int i = 0; i < 5; ++i) {
      auto down = co_await receive<down_message>();
      if (down.process == plain.process()) {
        CHECK(down.reason == exit_reason::shutdown());
        continue;
      }
      for (const auto& [child, reason] : ends) {
        if (child == down.process) CHECK(down.reason.is(reason));
      }
    }
    const std::size_t left = co_await mailbox_length();
    CHECK(left == 0);
  });
}

TEST_CASE("T28 async_stream_nolink gives an element's crash as its reason") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await task_supervisor::start_link({.name = "tasks"});
    auto stream = s.async_stream_nolink(std::vector{1, 2, 3}, crash_at_two);
    auto all = co_await stream.collect();
    REQUIRE(all.size() == 3);
    CHECK(*all[0] == 1);
    CHECK(all[1].reason().value() == term(atom("two")));
    CHECK(*all[2] == 3);
    auto caller = spawn_monitor([s]() -> task<> {
      auto linked = s.async_stream(std::vector{1, 2, 3}, crash_at_two);
      auto unseen = co_await attempt(linked.collect());
      co_await sleep(1s);
    });
    auto down = co_await receive<down_message>();
    CHECK(down.id == caller.id);
    CHECK(down.reason.value() == term(atom("two")));
    {
      auto halted = s.async_stream(std::vector{1, 2, 3},
                                   [](int x) -> task<int> {
                                     if (x > 1) co_await receive<int>();
                                     co_return x;
                                   },
                                   {.max_concurrency = 3});
      auto first = co_await halted.next();
      CHECK(**first == 1);
    }
    co_await until_children(s, 0);
    CHECK(alive(s.process()));
    auto threaded =
        s.async_stream_nolink(std::vector{1, 2}, on_thread(crash_at_two), {.max_concurrency = 1});
    auto two = co_await threaded.collect();
    CHECK(*two[0] == 1);
    CHECK(two[1].reason().value() == term(atom("two")));
    const std::size_t left = co_await mailbox_length();
    CHECK(left == 0);
    co_await s.stop();
  });
}

TEST_CASE("T29 terminate_child ends a child, and knows only its own; children are in order") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await task_supervisor::start_link();
    std::vector<pid> started;
    for (int i = 0; i < 5; ++i) {
      auto child = co_await s.start_child(wait_for_int);
      started.push_back(*child);
    }
    auto all = co_await s.children();
    CHECK(all == started);
    const reference end = monitor(started[2]);
    co_await picture_of(started[2]);
    const bool ended = co_await s.terminate_child(started[2]);
    CHECK(ended);
    CHECK(!alive(started[2]));
    auto down = co_await receive<down_message>();
    CHECK(down.id == end);
    CHECK(down.reason == exit_reason::shutdown());
    const bool again = co_await s.terminate_child(started[2]);
    CHECK(!again);
    const bool stranger = co_await s.terminate_child(self());
    CHECK(!stranger);
    auto forever = co_await s.start_child(wait_for_int, {.restart = restart_kind::permanent});
    co_await s.terminate_child(*forever);
    all = co_await s.children();
    started.erase(started.begin() + 2);
    CHECK(all == started);
    co_await s.stop();
  });
}

TEST_CASE(
    "T30 a supervised task dies with its linked owner, and survives one that it isn't linked to") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await task_supervisor::start_link();
    const pid me = self();
    auto owner = spawn_monitor([s, me]() -> task<> {
      auto linked = co_await s.async(wait_for_int);
      auto free = co_await s.async_nolink(wait_for_int);
      send(me, std::pair(linked.process(), free.process()));
      co_await receive<int>();
    });
    const auto tasks = co_await receive<std::pair<pid, pid>>();
    exit(owner.process, atom("gone"));
    co_await until_children(s, 1);
    auto all = co_await s.children();
    CHECK(all == std::vector{tasks.second});
    co_await receive<down_message>();
    send(tasks.second, 1);
    co_await until_children(s, 0);
    co_await s.stop();
  });
}

TEST_CASE("tasks whose caller is killed while it asks for them end at once") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await task_supervisor::start_link();
    for (const bool threaded : {false, true}) {
      auto caller = spawn_monitor([s, threaded]() -> task<> {
        if (threaded) {
          co_await s.async_nolink(on_thread([] { return 1; }));
        } else {
          co_await s.async_nolink(wait_for_int);
        }
        co_await receive<int>();
      });
      exit(caller.process, exit_reason::kill());
      co_await receive<down_message>();
      auto all = co_await s.children();
      for (const pid p : all) send(p, 1);
      co_await until_children(s, 0);
    }
    co_await s.stop();
  });
}

TEST_CASE("a task supervisor has a child_spec, a state to look at, and one name") {
  sim::in_all_worlds([]() -> task<> {
    auto spec = task_supervisor::child_spec({.name = "tasks", .max_children = 3});
    CHECK(inspect(spec.id) == ":tasks");
    CHECK(spec.type == child_type::supervisor);
    auto starting = spec.start_link();
    auto started = co_await starting;
    CHECK(started.ok());
    auto s = task_supervisor::named("tasks");
    auto t = co_await s.async(wait_for_int);
    auto state = co_await sys::get_state("tasks");
    CHECK(inspect(state) == "%Task.Supervisor{children: 1, max_children: 3}");
    auto taken = co_await attempt(task_supervisor::start_link({.name = "tasks"}));
    CHECK(taken.reason().value() == tuple(atom("already_started"), s.process()));
    send(t.process(), 1);
    co_await t.await();
    co_await s.stop();
  });
}
