// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/async_stream.hpp"

#include <atomic>

#include "beamish/otp/task_cases.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/sim/testing.hpp"
#include "beamish/term/inspect.hpp"

using namespace beamish;
using namespace beamish::cases;
using namespace std::chrono_literals;

namespace {

// A range that counts what is taken from it, and never ends.
struct counting {
  struct iterator {
    int* taken;
    int value = 0;
    int operator*() const { return value; }
    iterator& operator++() {
      ++*taken;
      ++value;
      return *this;
    }
    bool operator!=(const iterator&) const { return true; }
  };
  int* taken;
  iterator begin() const { return {taken}; }
  iterator end() const { return {taken}; }
};

// Lets tasks go on in pairs: a stream that runs fewer than two at once never ends.
task<> let_pairs_go(int pairs) {
  for (int i = 0; i < pairs; ++i) {
    const pid one = co_await receive<pid>();
    const pid other = co_await receive<pid>();
    send(one, 1);
    send(other, 1);
  }
}

int refuse_two(int x) {
  if (x == 2) beamish::exit(atom("two"));
  return x;
}

task<int> never() { co_return co_await receive<int>(); }
task<int> never_if_two(int x) {
  if (x == 2) co_await receive<int>();
  co_return x;
}

const std::vector<int> one_two_three{1, 2, 3};

// The processes of this node besides us; none may be left of a stream.
task<> until_alone() {
  while (processes().size() > 1) co_await sleep(1ms);
}

task<bool> is_clean() {
  auto mine = process_info(self());
  auto info = co_await mine;
  co_return info->message_queue_len == 0 && info->links.empty() && info->monitors.empty();
}

}  // namespace

TEST_CASE("T17 async_stream gives results in the order of the range, lazily, so many at once") {
  sim::in_all_worlds([]() -> task<> {
    std::vector<int> numbers{3, 1, 2};
    auto s = async_stream(numbers, [](int x) -> task<int> {
      co_await sleep(std::chrono::milliseconds(x));
      co_return 10 * x;
    });
    auto first = co_await s.next();
    CHECK(**first == 30);
    auto rest = co_await s.collect();
    REQUIRE(rest.size() == 2);
    CHECK(*rest[0] == 10);
    CHECK(*rest[1] == 20);
    auto end = co_await s.next();
    CHECK(!end);
    const std::size_t left = co_await mailbox_length();
    CHECK(left == 0);
  });
}

TEST_CASE(
    "T17 no more than max_concurrency run at once, and nothing is taken before it is needed") {
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  sim::in_all_worlds([&]() -> task<> {
    int taken = 0;
    const pid pairs = spawn(let_pairs_go, 3);
    auto s = async_stream(counting{&taken},
                          [pairs, &running, &most](int x) -> task<int> {
                            const int now = ++running;
                            most = std::max(most.load(), now);
                            send(pairs, self());
                            co_await receive<int>();
                            --running;
                            co_return x;
                          },
                          {.max_concurrency = 2, .ordered = false});
    CHECK(taken == 0);
    for (int given = 1; given <= 5; ++given) {
      co_await s.next();
      CHECK(taken <= given + 1);
    }
    co_await s.halt();
    running = 0;
  });
  CHECK(most == 2);
}

TEST_CASE("T17 by default as many run at once as there are workers") {
  sim::in_all_worlds([]() -> task<> {
    // A world of a test has two.
    const pid pairs = spawn(let_pairs_go, 1);
    auto s = async_stream(std::vector{1, 2}, [pairs](int x) -> task<int> {
      send(pairs, self());
      co_await receive<int>();
      co_return x;
    });
    auto all = co_await s.collect();
    CHECK(all.size() == 2);
  });
}

TEST_CASE("T17 a stream takes any range, functions that block, and results that only move") {
  sim::in_all_worlds([]() -> task<> {
    std::vector<std::string> words{"a", "bc"};
    auto lengths = async_stream(std::move(words), on_thread([](const std::string& w) {
                                  return std::make_unique<std::size_t>(w.size());
                                }));
    auto all = co_await lengths.collect();
    REQUIRE(all.size() == 2);
    CHECK(**all[1] == 2);
    auto nothing = async_stream(std::vector<int>(), refuse_two);
    auto end = co_await nothing.next();
    CHECK(!end);
    int sum = 0;
    auto voids = async_stream(one_two_three, [](int) {});
    co_await voids.for_each([&](answer<void>& a) { sum += a.ok() ? 1 : 0; });
    CHECK(sum == 3);
    const bool clean = co_await is_clean();
    CHECK(clean);
  });
}

TEST_CASE("T18 with ordered = false results come as they are done") {
  sim::in_all_worlds([]() -> task<> {
    auto s = async_stream(std::vector{30, 10, 20},
                          [](int x) -> task<int> {
                            co_await sleep(std::chrono::milliseconds(x));
                            co_return x;
                          },
                          {.max_concurrency = 3, .ordered = false});
    std::vector<int> seen;
    co_await s.for_each([&](answer<int>& a) { seen.push_back(*a); });
    CHECK(seen == std::vector{10, 20, 30});
    const bool clean = co_await is_clean();
    CHECK(clean);
  });
}

TEST_CASE("T19 an element that takes too long exits the caller, or is killed") {
  sim::in_all_worlds([]() -> task<> {
    {
      auto s = async_stream(std::vector{1}, [](int) { return never(); }, {.timeout = 1ms});
      auto end = co_await attempt(s.next());
      CHECK(end.reason().value() ==
            tuple(atom("timeout"), tuple(atom("task"), atom("async_stream"), list(1))));
    }
    auto s =
        async_stream(one_two_three, never_if_two,
                     {.max_concurrency = 3, .timeout = 50ms, .on_timeout = on_timeout::kill_task});
    auto all = co_await s.collect();
    REQUIRE(all.size() == 3);
    CHECK(*all[0] == 1);
    CHECK(all[1].reason().value() == term(atom("timeout")));
    CHECK(*all[2] == 3);
    co_await until_alone();
    const bool clean = co_await is_clean();
    CHECK(clean);
  });
}

TEST_CASE("T19 with timeout = infinity nothing is too slow") {
  sim::in_all_worlds([]() -> task<> {
    auto s = async_stream(std::vector{1},
                          [](int x) -> task<int> {
                            co_await sleep(10ms);
                            co_return x;
                          },
                          {.timeout = infinity});
    auto all = co_await s.collect();
    CHECK(*all[0] == 1);
  });
}

TEST_CASE(
    "T20 an element's exit is its reason if the caller traps exits, and else ends the caller") {
  sim::in_all_worlds([]() -> task<> {
    auto caller = spawn_monitor([]() -> task<> {
      auto s = async_stream(one_two_three, refuse_two, {.max_concurrency = 1});
      auto all = co_await attempt(s.collect());
      // It is a signal: nobody catches it.
      co_await sleep(1s);
    });
    auto down = co_await receive<down_message>();
    CHECK(down.id == caller.id);
    CHECK(down.reason.value() == term(atom("two")));
    trap_exits(true);
    auto s = async_stream(one_two_three, refuse_two, {.max_concurrency = 1});
    auto all = co_await s.collect();
    REQUIRE(all.size() == 3);
    CHECK(*all[0] == 1);
    CHECK(all[1].reason().value() == term(atom("two")));
    CHECK(*all[2] == 3);
    const bool clean = co_await is_clean();
    CHECK(clean);
    trap_exits(false);
    auto normal = async_stream(std::vector{1}, [](int) { beamish::exit(atom("normal")); });
    auto one = co_await normal.collect();
    CHECK(one[0].reason().is_normal());
    CHECK(!one[0].ok());
  });
}

TEST_CASE("T21 a stream that ends early kills its tasks, and leaves no message and no link") {
  sim::in_all_worlds([]() -> task<> {
    {
      int taken = 0;
      auto s = async_stream(counting{&taken}, never_if_two, {.max_concurrency = 5});
      auto r = co_await s.next();
      CHECK(**r == 0);
    }
    co_await until_alone();
    const bool clean = co_await is_clean();
    CHECK(clean);
    auto s = async_stream(one_two_three, never_if_two, {.max_concurrency = 3});
    auto r = co_await s.next();
    CHECK(**r == 1);
    co_await s.halt();
    CHECK(processes().size() == 1);
    auto end = co_await s.next();
    CHECK(!end);
    const bool still_clean = co_await is_clean();
    CHECK(still_clean);
  });
}

TEST_CASE("T21 the tasks of a stream end with its owner, however that ends") {
  sim::in_all_worlds([]() -> task<> {
    for (const bool kill : {false, true}) {
      auto owner = spawn_monitor([]() -> task<> {
        auto s = async_stream(one_two_three, [](int) { return never(); }, {.timeout = infinity});
        co_await s.next();
      });
      while (processes().size() < 4) co_await sleep(1ms);
      exit(owner.process, kill ? exit_reason::kill() : exit_reason::shutdown());
      co_await receive<down_message>();
      co_await until_alone();
    }
  });
}

TEST_CASE("T22 zip_input_on_exit shows the input with the reason") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto s = async_stream(one_two_three, refuse_two, {.zip_input_on_exit = true});
    auto all = co_await s.collect();
    CHECK(*all[0] == 1);
    CHECK(all[1].reason().value() == tuple(2, atom("two")));
    auto slow = async_stream(
        one_two_three, never_if_two,
        {.timeout = 50ms, .on_timeout = on_timeout::kill_task, .zip_input_on_exit = true});
    auto late = co_await slow.collect();
    CHECK(late[1].reason().value() == tuple(2, atom("timeout")));
  });
}

TEST_CASE("T23 a stream of no concurrency or of a negative timeout is refused at once") {
  sim::in_all_worlds([]() -> task<> {
    CHECK_THROWS_AS(async_stream(one_two_three, refuse_two, {.max_concurrency = 0}),
                    argument_error);
    CHECK_THROWS_AS(async_stream(one_two_three, refuse_two, {.timeout = -5ms}), argument_error);
    co_return;
  });
}
