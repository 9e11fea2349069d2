// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/async.hpp"

#include <algorithm>

#include "beamish/otp/await_many.hpp"
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/otp/task_cases.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/sim/testing.hpp"
#include "beamish/term/inspect.hpp"

using namespace beamish;
using namespace beamish::cases;
using namespace std::chrono_literals;

namespace {

int square(int x) { return x * x; }

task<std::optional<answer<int>>> yield_of(async_task<int> t) { co_return co_await t.yield(); }

bool is_argument_error(const exit_reason& why) {
  return why.exception() != nullptr &&
         why.exception()->what.find("must be used by its owner") != std::string::npos;
}

}  // namespace

TEST_CASE("T1 async links and monitors; the owner gets the result, then a normal DOWN") {
  sim::in_all_worlds([]() -> task<> {
    auto t = async([] { return 42; });
    auto asked = process_info(self());
    auto info = co_await asked;
    auto result = co_await receive<task_result<int>>();
    CHECK(result.id == t.id());
    CHECK(result.value == 42);
    auto down = co_await receive<down_message>();
    CHECK(down.id == t.id());
    CHECK(down.process == t.process());
    CHECK(down.reason.is_normal());
    auto waits = async([]() -> task<> { co_await receive<int>(); });
    auto asked_again = process_info(self());
    auto bonds = co_await asked_again;
    REQUIRE(bonds->links.size() == 1);
    CHECK(bonds->links[0] == waits.process());
    REQUIRE(bonds->monitors.size() == 1);
    send(waits.process(), 1);
    co_await waits.await();
  });
}

TEST_CASE("T2 await returns the result and leaves nothing in the mailbox") {
  sim::in_all_worlds([]() -> task<> {
    auto plain = async([] { return std::string("plain"); });
    auto argument = async(square, 5);
    auto coroutine = async([]() -> task<int> {
      co_await sleep(1ms);
      co_return 7;
    });
    auto nothing = async([] {});
    auto threaded = async(on_thread(square), 6);
    auto unique = async([] { return std::make_unique<int>(9); });
    std::string text = co_await plain.await();
    CHECK(text == "plain");
    int seven = co_await coroutine.await();
    CHECK(seven == 7);
    int five = co_await argument.await();
    CHECK(five == 25);
    co_await nothing.await();
    int six = co_await threaded.await();
    CHECK(six == 36);
    auto nine = co_await unique.await();
    CHECK(*nine == 9);
    const std::size_t left = co_await mailbox_length();
    CHECK(left == 0);
  });
}

TEST_CASE("T3 await that takes too long exits its caller; the late result and DOWN never arrive") {
  sim::in_all_worlds([]() -> task<> {
    auto t = async([]() -> task<int> { co_return co_await receive<int>(); });
    auto late = co_await attempt(await_of(t, 1ms));
    CHECK(late.reason().value() ==
          tuple(atom("timeout"), tuple(atom("task"), atom("await"), list(to_term(t), 1))));
    const reference end = monitor(t.process());
    send(t.process(), 5);
    auto down = co_await receive<down_message>();
    CHECK(down.id == end);
    const std::size_t left = co_await mailbox_length();
    CHECK(left == 0);
  });
}

TEST_CASE("T4 await of a task that ends without a result exits its caller with that reason") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    const auto ends = [](auto f) -> task<term> {
      auto t = async(f);
      auto end = co_await attempt(await_of(t, 5s));
      const term expected = tuple(end.reason().value().elements()[0],
                                  tuple(atom("task"), atom("await"), list(to_term(t), 5000)));
      CHECK(end.reason().value() == expected);
      auto signal = co_await receive<exit_message>();
      CHECK(signal.from == t.process());
      CHECK(signal.reason.value() == end.reason().value().elements()[0]);
      co_return end.reason().value().elements()[0];
    };
    auto normal = co_await ends([]() -> int { beamish::exit(atom("normal")); });
    CHECK(normal == term(atom("normal")));
    auto unknown = co_await ends([]() -> int { beamish::exit(atom("unknown")); });
    CHECK(unknown == term(atom("unknown")));
    auto error = co_await ends([]() -> int { throw std::runtime_error("oops"); });
    CHECK(inspect(error).find("oops") != std::string::npos);
    auto late_error = co_await ends([]() -> task<int> {
      co_await sleep(1ms);
      throw std::runtime_error("later");
    });
    CHECK(inspect(late_error).find("later") != std::string::npos);
    auto threaded = co_await ends(on_thread([]() -> int { throw std::runtime_error("there"); }));
    CHECK(inspect(threaded).find("there") != std::string::npos);
    const std::size_t left = co_await mailbox_length();
    CHECK(left == 0);
  });
}

TEST_CASE("T5 a crashing task ends its owner, unless that traps exits") {
  sim::in_all_worlds([]() -> task<> {
    auto owner = spawn_monitor([]() -> task<> {
      auto t = async([]() -> int { beamish::exit(atom("crash")); });
      co_await t.await();
    });
    auto down = co_await receive<down_message>();
    CHECK(down.id == owner.id);
    CHECK(down.reason.value() == term(atom("crash")));
    // Also while it looks at something else.
    spawn_monitor([]() -> task<> {
      async([]() -> int { beamish::exit(atom("crash")); });
      co_await receive<int>();
    });
    auto other = co_await receive<down_message>();
    CHECK(other.reason.value() == term(atom("crash")));
  });
}

TEST_CASE("T6 only the owner may await, yield, shut down or ignore") {
  sim::in_all_worlds([]() -> task<> {
    auto t = async([] { return 1; });
    auto stranger = spawn_monitor([t]() -> task<> {
      auto awaited = co_await attempt(await_of(t, 5s));
      CHECK(is_argument_error(awaited.reason()));
      auto yielded = co_await attempt(yield_of(t));
      CHECK(is_argument_error(yielded.reason()));
      CHECK_THROWS_AS(t.ignore(), argument_error);
      auto ended = co_await attempt(t.shutdown());
      CHECK(is_argument_error(ended.reason()));
      const std::vector<async_task<int>> one{t};
      auto many = co_await attempt(await_many(one));
      CHECK(is_argument_error(many.reason()));
      auto some = co_await attempt(yield_many(one));
      CHECK(is_argument_error(some.reason()));
    });
    auto result = co_await t.await();
    CHECK(result == 1);
    auto down = co_await receive<down_message>();
    CHECK(down.id == stranger.id);
    CHECK(down.reason.is_normal());
  });
}

TEST_CASE("T7 yield gives the result, a reason, or nothing while the task runs on") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto t = async([]() -> task<int> { co_return co_await receive<int>(); });
    auto early = co_await t.yield(0ms);
    CHECK(!early);
    auto still = co_await t.yield(1ms);
    CHECK(!still);
    send(t.process(), 5);
    auto got = co_await t.yield();
    REQUIRE(got);
    CHECK(**got == 5);
    co_await receive<exit_message>();
    auto fails = async([]() -> int { beamish::exit(atom("crash")); });
    auto failed = co_await fails.yield();
    REQUIRE(failed);
    CHECK(failed->reason().value() == term(atom("crash")));
    co_await receive<exit_message>();
    auto awaited = async([]() -> task<int> { co_return co_await receive<int>(); });
    auto not_yet = co_await awaited.yield(0ms);
    CHECK(!not_yet);
    send(awaited.process(), 6);
    auto six = co_await awaited.await();
    CHECK(six == 6);
    co_await receive<exit_message>();
    const std::size_t left = co_await mailbox_length();
    CHECK(left == 0);
  });
}

TEST_CASE("T14 a started task sends nothing back, and start_task_link links") {
  sim::in_all_worlds([]() -> task<> {
    const pid free = start_task([]() -> task<int> {
      co_await receive<int>();
      beamish::exit(atom("crash"));
    });
    auto asked = process_info(self());
    auto info = co_await asked;
    CHECK(info->links.empty());
    send(free, 1);
    co_await end_of(free);
    const pid linked = start_task_link([]() -> task<int> { co_return co_await receive<int>(); });
    auto asked_again = process_info(self());
    auto linked_info = co_await asked_again;
    REQUIRE(linked_info->links.size() == 1);
    CHECK(linked_info->links[0] == linked);
    CHECK(linked_info->monitors.empty());
    send(linked, 1);
    co_await end_of(linked);
    const pid threaded = start_task_link(on_thread([] { return 1; }));
    co_await end_of(threaded);
    const std::size_t left = co_await mailbox_length();
    CHECK(left == 0);
    spawn_monitor([]() -> task<> {
      start_task_link([] { beamish::exit(atom("crash")); });
      co_await receive<int>();
    });
    auto down = co_await receive<down_message>();
    CHECK(down.reason.value() == term(atom("crash")));
  });
}

TEST_CASE("T16 callers are those on whose behalf a task runs, nearest first") {
  sim::in_all_worlds([]() -> task<> {
    CHECK(callers().empty());
    const pid top = self();
    auto outer = async([]() -> task<std::vector<pid>> {
      auto inner = async([] { return callers(); });
      auto seen = co_await inner.await();
      seen.push_back(self());
      co_return seen;
    });
    auto seen = co_await outer.await();
    CHECK(seen == std::vector{outer.process(), top, outer.process()});
    auto threaded = async(on_thread([] {
      auto inner = async([] { return callers(); });
      auto both = inner.await_blocking();
      both.push_back(callers().front());
      return both;
    }));
    auto there = co_await threaded.await();
    CHECK(there == std::vector{threaded.process(), top, top});
    // A plain process is nobody's task.
    spawn([top] { send(top, callers().size()); });
    const auto none = co_await receive<std::size_t>();
    CHECK(none == 0);
  });
}

TEST_CASE("T30 a task dies with its owner") {
  sim::in_all_worlds([]() -> task<> {
    const pid top = self();
    auto owner = spawn_monitor([top]() -> task<> {
      auto t = async([]() -> task<> { co_await receive<int>(); });
      send(top, t.process());
      co_await receive<int>();
    });
    const pid t = co_await receive<pid>();
    const reference end = monitor(t);
    auto asked = process_info(t);
    co_await asked;
    exit(owner.process, atom("gone"));
    auto first =
        co_await receive_if<down_message>([&](const down_message& m) { return m.id == end; });
    CHECK(first.reason.value() == term(atom("gone")));
    co_await receive<down_message>();
  });
}

TEST_CASE("a task that is complete from the start has its result and no process") {
  sim::in_all_worlds([]() -> task<> {
    auto t = completed_task(std::string("here"));
    CHECK(!t.process());
    auto text = co_await t.await();
    CHECK(text == "here");
    auto other = completed_task(1);
    auto got = co_await other.yield(0ms);
    REQUIRE(got);
    CHECK(**got == 1);
    CHECK_THROWS_AS(other.ignore(), argument_error);
    auto ended = co_await attempt(other.shutdown());
    CHECK(!ended.ok());
    const std::size_t left = co_await mailbox_length();
    CHECK(left == 0);
  });
}

TEST_CASE("a thread body awaits and yields, too") {
  sim::in_all_worlds([]() -> task<> {
    auto worker = spawn_thread_monitor([] {
      auto t = async([] { return 5; });
      CHECK(t.await_blocking() == 5);
      auto waits = async([]() -> task<int> { co_return co_await receive<int>(); });
      CHECK(!waits.yield_blocking(1ms));
      CHECK_THROWS_AS(waits.await_blocking(1ms), exited);
      send(waits.process(), 1);
      auto threaded = async(on_thread([] { return 6; }));
      CHECK(threaded.await_blocking() == 6);
    });
    auto down = co_await receive<down_message>();
    CHECK(down.id == worker.id);
    CHECK(down.reason.is_normal());
  });
}

TEST_CASE("an await is not hindered by what else is in the mailbox, and leaves it there") {
  sim::in_all_worlds([]() -> task<> {
    for (int i = 0; i < 5; ++i) send(self(), i);
    auto a = async([] { return 1; });
    auto b = async([] { return 2; });
    send(self(), 5);
    auto two = co_await b.await();
    auto one = co_await a.await();
    CHECK(one + two == 3);
    for (int i = 0; i < 6; ++i) {
      const int got = co_await receive<int>();
      CHECK(got == i);
    }
  });
}

namespace {

struct asker : gen_server<asker> {
  struct ask {};
  struct seen {
    using reply = std::vector<std::string>;
  };
  using messages = accepts<ask, seen, task_result<int>>;
  std::vector<std::string> log;
  async_task<int> asked;

  void handle_cast(ask&) { asked = async(square, 4); }
  void handle_info(task_result<int>& m) {
    if (m.id == asked.id()) log.push_back(std::to_string(m.value));
  }
  void handle_info(down_message& m) {
    if (m.id == asked.id()) log.push_back(inspect(m.reason));
  }
  auto handle_call(seen&) { return log; }
};

}  // namespace

TEST_CASE("T1 a server gets a task's result and its DOWN in handle_info") {
  sim::in_all_worlds([]() -> task<> {
    auto s = co_await start<asker>();
    s.cast<asker::ask>();
    std::vector<std::string> log;
    while (log.size() < 2) {
      co_await sleep(1ms);
      log = co_await s.call<asker::seen>();
    }
    CHECK(log == std::vector<std::string>{"16", ":normal"});
    co_await stop(s);
  });
}
