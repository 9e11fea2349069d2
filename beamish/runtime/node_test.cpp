// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/node.hpp"

#include <doctest/doctest.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "beamish/runtime/blocking.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/thread_body.hpp"
#include "beamish/runtime/timer.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

constexpr log_function quiet{[](void*, const log_entry&) {}, nullptr};

task<> count_messages(std::atomic<int>* count) {
  for (;;) {
    co_await receive<int>();
    ++*count;
  }
}

task<> refuse_to_stop(std::atomic<int>* ready) {
  trap_exits(true);
  ++*ready;
  for (;;) co_await receive<exit_message>();
}

// A loop that a program might own: polls the node when its descriptor or its next timer says so.
// False if nothing told the loop to go on before `done`.
template <class Done>
bool run_own_loop(node& n, Done done) {
  const int loop = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  ::epoll_ctl(loop, EPOLL_CTL_ADD, n.wake_fd(), &event);
  bool told = true;
  while (told && !done()) {
    if (n.poll(16)) continue;
    if (done()) break;
    const std::int64_t next = n.next_deadline_in();
    const int timeout = next < 0 ? 20'000 : static_cast<int>((next + 999'999) / 1'000'000);
    told = ::epoll_wait(loop, &event, 1, timeout) != 0 || next >= 0;
  }
  ::close(loop);
  return told;
}

}  // namespace

TEST_CASE("a node is started, used from any thread, and stopped") {
  node n({.name = "n@test", .workers = 2, .log = quiet});
  CHECK(n.name() == "n@test");
  n.start();
  n.start();
  std::atomic<int> count{0};
  const pid p = n.spawn(count_messages, &count);
  CHECK(alive(p));
  CHECK(n.send(p, 1));
  CHECK(!n.send("nobody", 1));
  CHECK(n.whereis("nobody") == pid{});
  CHECK(n.statistics().processes == 1);
  CHECK(!n.wait_until_empty(0s));
  CHECK(n.stop());
  CHECK(!alive(p));
  CHECK(n.statistics().processes == 0);
  CHECK(n.stop());
}

TEST_CASE("a node can be started again after it was stopped") {
  node n({.name = "again@test", .workers = 1, .log = quiet});
  for (int i = 0; i < 3; ++i) {
    n.start();
    std::atomic<bool> ran{false};
    n.spawn([&ran] { ran = true; });
    CHECK(n.wait_until_empty(60s));
    CHECK(ran);
    CHECK(n.stop());
    CHECK_THROWS_AS(n.spawn([] {}), std::runtime_error);
  }
}

TEST_CASE("what was spawned on a node that never starts is ended with it") {
  auto value = std::make_shared<int>(1);
  {
    node n({.name = "never@test", .workers = 1, .log = quiet});
    const pid p = n.spawn([value]() -> task<> { co_await receive<int>(); });
    n.send(p, std::string("unread"));
    CHECK(value.use_count() == 2);
  }
  CHECK(value.use_count() == 1);
}

TEST_CASE("stop asks first, and kills who does not listen") {
  node n({.name = "stubborn@test", .workers = 2, .log = quiet});
  n.start();
  std::atomic<bool> asked{false};
  std::atomic<int> ready{0};
  n.spawn(refuse_to_stop, &ready);
  n.spawn([&asked, &ready]() -> task<> {
    trap_exits(true);
    ++ready;
    auto request = co_await receive<exit_message>();
    asked = request.reason.is("shutdown");
  });
  while (ready < 2) std::this_thread::yield();
  CHECK(n.stop(50ms));
  CHECK(asked);
}

TEST_CASE("stop asks from the top: who is linked to its maker, when that one has ended") {
  node n({.name = "top@test", .workers = 0, .log = quiet});
  n.start();
  std::atomic<int> ready{0};
  std::atomic<bool> top_ended{false}, below_ended{false}, loose_ended{false};
  const auto wait_to_be_asked = [&ready]() -> task<> {
    trap_exits(true);
    ++ready;
    const auto from_nobody = [](const exit_message& m) { return !m.from; };
    co_await receive_if<exit_message>(from_nobody);
  };
  n.spawn([&]() -> task<> {
    spawn_link([&]() -> task<> {
      co_await wait_to_be_asked();
      below_ended = top_ended.load();
    });
    spawn_monitor([&]() -> task<> {
      co_await wait_to_be_asked();
      loose_ended = true;
    });
    co_await wait_to_be_asked();
    co_await receive<down_message>();  // meanwhile the one that is linked could have been asked
    top_ended = true;
  });
  while (ready < 3) n.poll();
  CHECK(n.stop(60s));
  CHECK(top_ended);
  CHECK(below_ended);
  CHECK(loose_ended);
}

TEST_CASE("while a node stops, its processes may spawn others, which end with it") {
  node n({.name = "spawning@test", .workers = 2, .log = quiet});
  n.start();
  for (int i = 0; i < 4; ++i) {
    n.spawn([]() -> task<> {
      trap_exits(true);
      for (;;) {
        spawn([]() -> task<> { co_await receive<int>(); });
        co_await receive<exit_message>(1ms);
      }
    });
  }
  CHECK(n.stop(20ms));
  CHECK(n.statistics().processes == 0);
}

TEST_CASE("four plain threads may send and spawn while the node stops") {
  for (int round = 0; round < 10; ++round) {
    node n({.name = "busy@test", .workers = 2, .log = quiet});
    n.start();
    std::atomic<int> count{0};
    std::atomic<int> spawned{0};
    std::atomic<bool> over{false};
    const pid p = n.spawn(count_messages, &count);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        bool refused = false;
        while (!over) {
          n.send(p, 1);
          n.send("count", 2);
          if (refused) continue;
          try {
            n.spawn([&spawned] { ++spawned; });
          } catch (const std::runtime_error&) {
            refused = true;
          }
        }
      });
    }
    while (count < 50 || spawned < 50) std::this_thread::yield();
    CHECK(n.stop(round % 2 == 0 ? 5s : 0s));
    over = true;
    for (std::thread& t : threads) t.join();
    CHECK(n.statistics().processes == 0);
  }
}

TEST_CASE("a node without workers runs from its owner's own loop") {
  node n({.name = "poll@test", .workers = 0, .log = quiet});
  n.start();
  REQUIRE(n.wake_fd() >= 0);
  std::atomic<int> step{0};
  const pid p = n.spawn([&step]() -> task<> {
    step = 1;
    co_await receive<int>();
    step = 2;
    co_await beamish::sleep(2ms);
    step = 3;
    auto nothing = co_await receive<int>(1ms);
    step = nothing ? -1 : 4;
    co_await receive<int>();
    step = 5;
  });
  CHECK(run_own_loop(n, [&] { return step == 1; }));
  CHECK(n.next_deadline_in() == -1);
  std::thread outside([&] { n.send(p, 1); });
  CHECK(run_own_loop(n, [&] { return step == 4; }));
  outside.join();
  n.send(p, 2);
  CHECK(run_own_loop(n, [&] { return n.statistics().processes == 0; }));
  CHECK(step == 5);
  CHECK(n.stop());
  CHECK(n.wake_fd() == -1);
}

TEST_CASE("a timer that a thread body arms wakes its owner's own loop") {
  node n({.name = "poll@test", .workers = 0, .log = quiet});
  n.start();
  std::atomic<bool> fired{false};
  const pid p = n.spawn([&fired]() -> task<> {
    co_await receive<int>();
    fired = true;
  });
  n.spawn([p] { spawn_thread([p] { send_after(5ms, p, 1); }); });
  CHECK(run_own_loop(n, [&] { return fired.load(); }));
  CHECK(n.stop());
}

TEST_CASE("a node without workers takes a hundred thousand messages from four threads") {
  node n({.name = "poll@test", .workers = 0, .log = quiet});
  n.start();
  constexpr int each = 25'000;
  std::atomic<int> count{0};
  const pid p = n.spawn(count_messages, &count);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < each; ++i) n.send(p, i);
    });
  }
  CHECK(run_own_loop(n, [&] { return count == 4 * each; }));
  for (std::thread& t : threads) t.join();
  CHECK(n.stop(0s));
}

TEST_CASE("a node has at most 64 workers, and says so") {
  CHECK_THROWS_WITH_AS(node({.name = "crowd@test", .workers = 65}),
                       "node: at most 64 workers, not 65", argument_error);
  node most({.name = "crowd@test", .workers = 64});
}

TEST_CASE("an abandoned thread is named in the log, and stop says so until it has ended") {
  static std::mutex mutex;
  static std::string text;
  std::atomic<std::uint32_t> open{0};
  {
    node n({.name = "left@test", .workers = 1, .log = {[](void*, const log_entry& e) {
                                                 std::lock_guard lock(mutex);
                                                 text += e.text;
                                               }}});
    n.start();
    std::atomic<bool> started{false};
    n.spawn([&] {
      spawn_thread([&] {
        register_name("indexer");
        set_label("nightly");
        started = true;
        while (open == 0) detail::std_atomics::futex_wait(open, 0, -1);
      });
    });
    while (!started) std::this_thread::yield();
    CHECK(!n.stop(0s));
    {
      std::lock_guard lock(mutex);
      CHECK(text.find("abandoned: the thread of process #PID<") != std::string::npos);
      CHECK(text.find("(\"indexer\", \"nightly\")") != std::string::npos);
    }
    open = 1;
    detail::std_atomics::futex_wake(open, 1);
    CHECK(n.wait_until_empty(60s));
    CHECK(n.stop(0s));
  }
}

TEST_CASE("a blocking function that does not return is named in the log, and stop goes on") {
  static std::mutex mutex;
  static std::string text;
  std::atomic<std::uint32_t> open{0};
  {
    node n({.name = "busy@test", .workers = 1, .log = {[](void*, const log_entry& e) {
                                                 std::lock_guard lock(mutex);
                                                 text += e.text;
                                               }}});
    n.start();
    std::atomic<bool> started{false};
    n.spawn([&]() -> task<> {
      auto job = blocking([&] {
        started = true;
        while (open == 0) detail::std_atomics::futex_wait(open, 0, -1);
      });
      co_await job;
    });
    while (!started) std::this_thread::yield();
    CHECK(!n.stop(0s));
    {
      std::lock_guard lock(mutex);
      CHECK(text.find("1 call(s) of blocking()") != std::string::npos);
    }
    open = 1;
    detail::std_atomics::futex_wake(open, 1);
    while (!n.stop(0s)) {
    }
  }
}
