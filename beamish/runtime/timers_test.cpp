// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/timers.hpp"

#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

task<> end_when_told() { co_await receive<int>(); }

}  // namespace

TEST_CASE("P24 send_after delivers once, and not early") {
  sim::in_all_worlds([]() -> task<> {
    const auto start = now();
    send_after(3ms, self(), 1);
    auto got = co_await receive<int>();
    CHECK(got == 1);
    CHECK(now() - start >= 3ms);
    auto again = co_await receive<int>(5ms);
    CHECK(!again);
  });
}

TEST_CASE("P24 cancel_timer gives the time left, or nothing once it has fired or was cancelled") {
  sim::in_all_worlds([]() -> task<> {
    const auto timer = send_after(1h, self(), 1);
    auto seen = read_timer(timer);
    REQUIRE(seen.has_value());
    CHECK(*seen <= 1h);
    CHECK(*seen > 30min);
    auto left = cancel_timer(timer);
    REQUIRE(left.has_value());
    CHECK(*left <= *seen);
    CHECK(*left > 30min);
    CHECK(cancel_timer(timer) == std::nullopt);
    CHECK(read_timer(timer) == std::nullopt);
    const auto brief = send_after(1ms, self(), 2);
    co_await receive<int>();
    CHECK(cancel_timer(brief) == std::nullopt);
    CHECK(cancel_timer(make_reference()) == std::nullopt);
  });
}

TEST_CASE("P24 timers fire by their deadlines") {
  sim::in_all_worlds([]() -> task<> {
    send_after(6ms, self(), 3);
    send_after(2ms, self(), 1);
    send_after(4ms, self(), 2);
    for (int i = 1; i <= 3; ++i) {
      auto got = co_await receive<int>();
      CHECK(got == i);
    }
  });
}

TEST_CASE("P25 after cancel_timer returned a time the message never arrives") {
  sim::in_all_worlds([]() -> task<> {
    for (int i = 0; i < 20; ++i) {
      const auto timer = send_after(1ms, self(), i);
      co_await beamish::sleep(1ms);  // it fires right now, or does not
      const bool cancelled = cancel_timer(timer).has_value();
      auto got = co_await receive<int>(2ms);
      CHECK(got.has_value() != cancelled);
    }
  });
}

TEST_CASE("P26 a timer to a dead process or an unknown name is discarded when it fires") {
  sim::in_all_worlds([]() -> task<> {
    auto dead = spawn_monitor([] {});
    co_await receive<down_message>();
    send_after(1ms, dead.process, 1);
    send_after(1ms, "nobody", 2);
    send_after(1ms, on_node("nobody", "no@where"), 3);
    send_after(2ms, self(), 4);
    auto last = co_await receive<int>();
    CHECK(last == 4);
  });
}

TEST_CASE("P27 a timer to a process ends with it") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    auto peer = spawn_monitor(end_when_told);
    const auto timer = send_after(1h, peer.process, 1);
    const auto other = send_after(1h, peer.process, 2);
    const auto mine = send_after(1h, self(), 3);
    CHECK(s.node().statistics().timers == 3);
    send(peer.process, 1);
    co_await receive<down_message>();
    CHECK(read_timer(timer) == std::nullopt);
    CHECK(cancel_timer(other) == std::nullopt);
    CHECK(s.node().statistics().timers == 1);
    CHECK(cancel_timer(mine).has_value());
  });
}

TEST_CASE("P27 a timer to a name finds its holder when it fires") {
  sim::in_all_worlds([]() -> task<> {
    register_name("first", self());
    send_after(2ms, "second", 1);
    send_after(2ms, "first", 2);
    unregister_name("first");
    register_name("second");
    auto got = co_await receive<int>();
    CHECK(got == 1);
    auto none = co_await receive<int>(2ms);
    CHECK(!none);
    unregister_name("second");
  });
}

TEST_CASE("a timer needs a delay that is not negative, and may be far away") {
  sim::in_all_worlds([]() -> task<> {
    CHECK_THROWS_AS(send_after(-1ms, self(), 1), argument_error);
    const auto far = send_after(duration::max(), self(), 1);
    CHECK(read_timer(far).has_value());
    CHECK(cancel_timer(far).has_value());
    send_after(0ms, self(), 2);
    auto got = co_await receive<int>();
    CHECK(got == 2);
  });
}

TEST_CASE("the reference of a timer that is over finds no later one, also in its place") {
  sim::in_all_worlds([]() -> task<> {
    const auto fired = send_after(1ms, self(), 1);
    co_await receive<int>();
    const auto cancelled = send_after(1h, self(), 2);
    CHECK(cancel_timer(cancelled).has_value());
    const auto later = send_after(1h, self(), 3);
    CHECK(read_timer(fired) == std::nullopt);
    CHECK(cancel_timer(fired) == std::nullopt);
    CHECK(cancel_timer(cancelled) == std::nullopt);
    CHECK(cancel_timer(reference{}) == std::nullopt);
    auto forged = later;
    forged.words[4] = 1'000'000;
    CHECK(cancel_timer(forged) == std::nullopt);
    CHECK(read_timer(later).has_value());
    CHECK(cancel_timer(later).has_value());
  });
}

TEST_CASE("of many timers to two processes each is found, in any order") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    auto peer = spawn_monitor(end_when_told);
    std::vector<reference> mine, others;
    for (int i = 0; i < 50; ++i) {
      mine.push_back(send_after(1h, self(), i));
      others.push_back(send_after(1h, peer.process, i));
    }
    for (std::size_t i = 0; i < 50; i += 2) {
      CHECK(cancel_timer(mine[(i * 7) % 50]).has_value());
      CHECK(cancel_timer(others[(i * 3) % 50]).has_value());
    }
    CHECK(s.node().statistics().timers == 50);
    send(peer.process, 1);
    co_await receive<down_message>();
    CHECK(s.node().statistics().timers == 25);
    for (std::size_t i = 1; i < 50; i += 2) {
      CHECK(read_timer(others[i]) == std::nullopt);
      CHECK(cancel_timer(mine[i]).has_value());
    }
    CHECK(s.node().statistics().timers == 0);
  });
}

TEST_CASE("another process may cancel a timer") {
  sim::in_all_worlds([]() -> task<> {
    const auto timer = send_after(1h, self(), 1);
    spawn([](pid owner, reference t) { send(owner, cancel_timer(t).has_value()); }, self(), timer);
    auto cancelled = co_await receive<bool>();
    CHECK(cancelled);
  });
}

TEST_CASE("a wait that timed out leaves no timer behind") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    auto peer = spawn_monitor([]() -> task<> {
      co_await receive<int>(1ms);
      co_await receive<int>(2ms);
    });
    co_await receive<down_message>();
    auto killed = spawn_monitor([]() -> task<> { co_await receive<int>(1h); });
    co_await beamish::sleep(1ms);
    beamish::exit(killed.process, exit_reason::kill());
    co_await receive<down_message>();
    CHECK(!alive(peer.process));
    co_await beamish::sleep(1ms);
    CHECK(s.node().statistics().timers == 0);
  });
}

TEST_CASE("more timers than fire at a time come all, in order, also to who never waits for long") {
  sim::in_real_world([]() -> task<> {
    constexpr int many = 5 * static_cast<int>(detail::timer_service::batch) + 7;
    for (int i = 0; i < many; ++i) send_after(1ms, self(), i);
    const auto due = now() + 10ms;
    const pid talker = spawn([]() -> task<> {
      for (;;) {
        send(self(), 0);
        co_await receive<int>();
      }
    });
    while (now() < due) co_await receive<std::string>(0ms);
    for (int i = 0; i < many; ++i) {
      auto got = co_await receive<int>();
      REQUIRE(got == i);
    }
    beamish::exit(talker, exit_reason::kill());
  });
}

TEST_CASE("poll mode fires more timers than one batch") {
  node n({.name = "polled@test", .workers = 0});
  n.start();
  int got = 0;
  n.spawn([&got]() -> task<> {
    for (int i = 0; i < 2000; ++i) send_after(0ms, self(), i);
    for (; got < 2000; ++got) co_await receive<int>();
  });
  while (n.poll() || n.next_deadline_in() >= 0) {
  }
  CHECK(got == 2000);
  CHECK(n.stop());
}

TEST_CASE("deadlines do not run over the end of the clock") {
  using detail::deadline_after;
  CHECK(deadline_after(5, 7) == 12);
  CHECK(deadline_after(5, INT64_MAX) == INT64_MAX - 1);
  CHECK(deadline_after(INT64_MAX - 1, 1) == INT64_MAX - 1);
}

TEST_CASE("a node that ends discards the timers to names, and their messages") {
  auto witness = std::make_shared<int>(1);
  {
    node n({.name = "timers@test", .workers = 0});
    n.start();
    n.spawn([witness] {
      for (int i = 0; i < 20; ++i) send_after(i * 1h, "nobody", witness);
      send_after(duration::max(), "nobody", witness);
    });
    while (n.poll()) {
    }
    CHECK(n.stop());
    CHECK(n.statistics().timers > 0);
    CHECK(witness.use_count() > 1);
  }
  CHECK(witness.use_count() == 1);
}
