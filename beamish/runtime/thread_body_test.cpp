// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/thread_body.hpp"

#include <pthread.h>

#include <atomic>
#include <string>
#include <system_error>

#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

void echo_blocking(pid to) {
  auto text = receive_blocking<std::string>();
  send(to, text + "!");
}

// Blocks where no signal reaches it, until it is opened.
struct gate {
  std::atomic<std::uint32_t> open{0};
  void wait() {
    while (open.load() == 0) detail::std_atomics::futex_wait(open, 0, -1);
  }
  void release() {
    open.store(1);
    detail::std_atomics::futex_wake(open, 1 << 30);
  }
};

}  // namespace

TEST_CASE("a thread body sends, and receives by blocking its own thread") {
  sim::in_all_worlds([]() -> task<> {
    const pid p = spawn_thread(echo_blocking, self());
    send(p, std::string("hello"));
    auto answer = co_await receive<std::string>();
    CHECK(answer == "hello!");
  });
}

TEST_CASE("P3 a thread body receives selectively, too") {
  sim::in_all_worlds([]() -> task<> {
    const pid p = spawn_thread(
        [](pid to) {
          auto text = receive_blocking<std::string>();
          send(to, text);
          send(to, receive_blocking<int>());
          send(to, receive_blocking<int>());
        },
        self());
    send(p, 1);
    send(p, 2);
    send(p, std::string("first"));
    auto text = co_await receive<std::string>();
    CHECK(text == "first");
    auto one = co_await receive<int>();
    auto two = co_await receive<int>();
    CHECK(one == 1);
    CHECK(two == 2);
  });
}

TEST_CASE("P4 a thread body's receive times out, and takes at zero what has come") {
  sim::in_all_worlds([]() -> task<> {
    spawn_thread(
        [](pid to) {
          CHECK(!receive_blocking<int>(0ms).has_value());
          CHECK(!receive_blocking<int>(2ms).has_value());
          sleep_blocking(1ms);
          send(self(), 5);
          auto five = receive_blocking<int>(1h);
          CHECK(five == 5);
          send(to, atom("done"));
        },
        self());
    co_await receive<atom>();
  });
}

TEST_CASE("P5 a thread body is linked, monitored, named and told as any process") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    const pid p = spawn_thread_link(
        [](pid to) {
          register_name("worker");
          send(to, whereis("worker"));
          receive_blocking<int>();
          throw std::runtime_error("broken");
        },
        self());
    auto ref = monitor(p);
    auto named = co_await receive<pid>();
    CHECK(named == p);
    auto info = co_await process_info(p);
    REQUIRE(info.has_value());
    CHECK(info->registered_name == "worker");
    CHECK(info->links == std::vector<pid>{self()});
    send("worker", 1);
    auto gone = co_await receive<exit_message>();
    CHECK(gone.from == p);
    REQUIRE(gone.reason.exception() != nullptr);
    CHECK(gone.reason.exception()->what == "broken");
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    CHECK(whereis("worker") == pid{});
  });
}

TEST_CASE("P7 a thread body traps exits") {
  sim::in_all_worlds([]() -> task<> {
    auto p = spawn_thread_monitor(
        [](pid to) {
          trap_exits(true);
          const pid child = spawn_link([] { beamish::exit(term(atom("bad"))); });
          auto gone = receive_blocking<exit_message>();
          CHECK(gone.from == child);
          CHECK(gone.reason.is("bad"));
          send(to, atom("done"));
        },
        self());
    co_await receive<atom>();
    auto down = co_await receive<down_message>();
    CHECK(down.id == p.id);
    CHECK(down.reason.is_normal());
  });
}

TEST_CASE("P8 a killed thread body that waits is dead at once, and its wait ends") {
  sim::in_all_worlds([]() -> task<> {
    auto p = spawn_thread_monitor(
        [](pid to) {
          send(to, atom("started"));
          receive_blocking<int>();
          send(to, atom("never"));
        },
        self());
    co_await receive<atom>();
    beamish::exit(p.process, exit_reason::kill());
    auto down = co_await receive<down_message>();
    CHECK(down.reason.is("killed"));
    auto never = co_await receive<atom>(1ms);
    CHECK(!never);
  });
}

namespace {
struct bookkeeper {
  void operator()() const { throw std::runtime_error("no ink"); }
};
}  // namespace

TEST_CASE("the initial call of a thread body is its function") {
  sim::in_all_worlds([]() -> task<> {
    auto p = spawn_thread_monitor(bookkeeper{});
    auto down = co_await receive<down_message>();
    CHECK(down.id == p.id);
    REQUIRE(down.reason.exception() != nullptr);
    CHECK(down.reason.exception()->initial_call.find("bookkeeper") != std::string::npos);
  });
}

TEST_CASE("P12 a thread body ends by its own exit signal") {
  sim::in_all_worlds([]() -> task<> {
    auto p = spawn_thread_monitor(
        [](pid to) {
          beamish::exit(self(), exit_reason::kill());
          send(to, atom("never"));
        },
        self());
    auto down = co_await receive<down_message>();
    CHECK(down.id == p.id);
    CHECK(down.reason.is("killed"));
    auto never = co_await receive<atom>(1ms);
    CHECK(!never);
  });
}

TEST_CASE("a killed thread body that is busy is dead for everybody, and its thread ends later") {
  gate g;
  sim::in_real_world([&g](sim::world& s) -> task<> {
    auto p = spawn_thread_monitor(
        [&g](pid to) {
          send(to, atom("started"));
          g.wait();
          // The process has ended long ago: nothing can be done in its name.
          CHECK(stop_requested());
          CHECK_THROWS_AS(link(to), exited);
          CHECK_THROWS_AS(spawn([] {}), exited);
          CHECK_THROWS_AS(spawn_link([] {}), exited);
          CHECK_THROWS_AS(receive_blocking<int>(0ms), exited);
          CHECK_THROWS_AS(process_dictionary::put(1, 2), exited);
          throw std::runtime_error("unheard");
        },
        self());
    co_await receive<atom>();
    beamish::exit(p.process, exit_reason::kill());
    auto down = co_await receive<down_message>();
    CHECK(down.reason.is("killed"));
    CHECK(!alive(p.process));
    CHECK(s.node().statistics().threads == 1);
    // Its slot is used again while the thread still runs.
    for (int i = 0; i < 300; ++i) spawn([] {});
    g.release();
  });
}

TEST_CASE("P1 ten thousand messages to a thread body keep their order") {
  sim::in_real_world([]() -> task<> {
    constexpr int many = 10'000;
    const pid p = spawn_thread(
        [](pid to) {
          bool in_order = true;
          for (int i = 0; i < many; ++i) in_order = receive_blocking<int>() == i && in_order;
          send(to, in_order);
        },
        self());
    for (int i = 0; i < many; ++i) send(p, i);
    auto in_order = co_await receive<bool>();
    CHECK(in_order);
  });
}

TEST_CASE("more threads than the node allows are refused with system_limit") {
  node n({.name = "few@test", .workers = 1, .max_threads = 2});
  n.start();
  std::atomic<int> refused{0};
  n.spawn([&refused]() -> task<> {
    const pid one = spawn_thread([] { receive_blocking<int>(); });
    const pid two = spawn_thread([] { receive_blocking<int>(); });
    try {
      spawn_thread([] {});
    } catch (const exited& e) {
      if (e.reason().value() == tuple(atom("system_limit"), atom("threads"))) ++refused;
    }
    send(one, 1);
    send(two, 1);
    co_return;
  });
  CHECK(n.wait_until_empty(60s));
  CHECK(refused == 1);
  CHECK(n.statistics().threads == 0);
  CHECK(n.stop());
}

TEST_CASE("who hears of a thread's end finds its place free") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    s.node().core().max_threads = 1;
    for (int i = 0; i < 50; ++i) {
      spawn_thread_monitor([] {});
      auto down = co_await receive<down_message>();
      CHECK(down.reason.is_normal());
    }
  });
}

TEST_CASE("a thread that can't be started leaves no link and no monitor behind") {
  sim::in_real_world([]() -> task<> {
    pthread_attr_t usual;
    pthread_attr_t huge;
    REQUIRE(::pthread_getattr_default_np(&usual) == 0);
    REQUIRE(::pthread_attr_init(&huge) == 0);
    REQUIRE(::pthread_attr_setstacksize(&huge, std::size_t{1} << 46) == 0);
    REQUIRE(::pthread_setattr_default_np(&huge) == 0);
    CHECK_THROWS_AS(spawn_thread_link([] {}), std::system_error);
    CHECK_THROWS_AS(spawn_thread_monitor([] {}), std::system_error);
    REQUIRE(::pthread_setattr_default_np(&usual) == 0);
    ::pthread_attr_destroy(&huge);
    ::pthread_attr_destroy(&usual);
    auto info = co_await process_info(self());
    CHECK(info->links.empty());
    CHECK(info->monitors.empty());
    CHECK(processes() == std::vector<pid>{self()});
  });
}

TEST_CASE("receive_blocking outside of a thread body says what to use") {
  sim::in_all_worlds([]() -> task<> {
    CHECK_THROWS_AS(receive_blocking<int>(), std::logic_error);
    CHECK_THROWS_WITH(sleep_blocking(1ms), doctest::Contains("thread bodies"));
    CHECK(!stop_requested());
    co_return;
  });
  CHECK_THROWS_AS(receive_blocking<int>(), std::logic_error);
}
