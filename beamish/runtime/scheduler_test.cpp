// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/scheduler.hpp"

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "beamish/runtime/runner.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

constexpr log_function quiet{[](void*, const log_entry&) {}, nullptr};

task<> answer_all() {
  for (;;) {
    auto from = co_await receive<pid>();
    send(from, 1);
  }
}

// Never waits for long, and never for nothing.
task<> spin(std::atomic<bool>* stop) {
  while (!*stop) co_await receive<std::string>(0ms);
}

task<> forward(pid to) {
  for (;;) {
    auto m = co_await receive<int>();
    send(to, m - 1);
  }
}

task<> tree(int depth, pid parent) {
  if (depth == 0) {
    send(parent, std::int64_t{1});
    co_return;
  }
  for (int i = 0; i < 10; ++i) spawn(tree, depth - 1, self());
  std::int64_t sum = 0;
  for (int i = 0; i < 10; ++i) {
    auto part = co_await receive<std::int64_t>();
    sum += part;
  }
  send(parent, sum);
}

}  // namespace

TEST_CASE("processes that hold every worker don't keep the others from running, and are named") {
  std::atomic<bool> go_on{false};
  sim::in_real_world([&go_on](sim::world& s) -> task<> {
    const pid server = spawn(answer_all);
    // Two workers, two callbacks that never yield until somebody else has run.
    for (int i = 0; i < 2; ++i) {
      spawn([&go_on] {
        while (!go_on) std::this_thread::yield();
      });
    }
    for (int i = 0; i < 100; ++i) {
      send(server, self());
      co_await receive<int>();
      co_await beamish::sleep(1ms);
    }
    go_on = true;
    beamish::exit(server, exit_reason::kill());
    bool named = false;
    for (const log_entry& e : s.log()) {
      named = named || e.text.find("has held its worker") != std::string::npos;
    }
    CHECK(named);
  });
}

TEST_CASE("a timer that was left to a spare worker fires when nobody is stuck any more") {
  const auto until = [](auto&& holds) {
    while (!holds()) std::this_thread::yield();
  };
  for (int round = 0; round < 3; ++round) {
    node n({.name = "spares@test", .workers = 1, .log = quiet});
    n.start();
    std::atomic<int> running{0};
    std::atomic<bool> first_goes_on{false}, second_goes_on{false};
    // One holds the worker, the other the spare that comes for it; another spare comes for that.
    n.spawn([&] {
      ++running;
      until([&] { return first_goes_on.load(); });
    });
    until([&] { return running == 1; });
    n.spawn([&]() -> task<> {
      ++running;
      until([&] { return second_goes_on.load(); });
      co_await beamish::sleep(10ms);
    });
    until([&] { return running == 2 && n.core().workers->spares_started() == 2; });
    first_goes_on = true;
    until([&] { return n.core().idle.sleepers() == 2; });
    second_goes_on = true;
    CHECK(n.wait_until_empty(20s));
    CHECK(n.stop());
  }
}

TEST_CASE("processes that always spend their slice let others run, fresh ones, too") {
  std::atomic<bool> stop{false};
  sim::in_real_world([&stop]() -> task<> {
    for (int i = 0; i < 4; ++i) spawn(spin, &stop);
    const pid server = spawn(answer_all);
    for (int i = 0; i < 50; ++i) {
      send(server, self());
      co_await receive<int>();
      auto fresh = spawn_monitor([] {});
      auto down = co_await receive<down_message>();
      CHECK(down.id == fresh.id);
    }
    stop = true;
    beamish::exit(server, exit_reason::kill());
  });
}

TEST_CASE("two processes that only talk to each other don't starve a third") {
  sim::in_real_world([]() -> task<> {
    std::vector<pid> talkers;
    for (int i = 0; i < 3; ++i) {
      const pid one = spawn([]() -> task<> {
        auto peer = co_await receive<pid>();
        for (;;) {
          send(peer, 1);
          co_await receive<int>();
        }
      });
      const pid two = spawn(forward, one);
      send(one, two);
      talkers.push_back(one);
      talkers.push_back(two);
    }
    const pid server = spawn(answer_all);
    for (int i = 0; i < 100; ++i) {
      send(server, self());
      co_await receive<int>();
    }
    for (pid p : talkers) beamish::exit(p, exit_reason::kill());
    beamish::exit(server, exit_reason::kill());
  });
}

TEST_CASE("a tree of 11,111 processes sums its leaves") {
  sim::in_real_world([]() -> task<> {
    spawn(tree, 4, self());
    auto sum = co_await receive<std::int64_t>();
    CHECK(sum == 10'000);
  });
}

TEST_CASE("a ring of processes passes a message round a hundred thousand times") {
  sim::in_real_world([]() -> task<> {
    pid last = self();
    std::vector<pid> ring;
    for (int i = 0; i < 100; ++i) ring.push_back(last = spawn(forward, last));
    int hops = 100'000;
    while (hops > 0) {
      send(last, hops);
      auto left = co_await receive<int>();
      CHECK(left == hops - 100);
      hops = left;
    }
    for (pid p : ring) beamish::exit(p, exit_reason::kill());
  });
}

TEST_CASE("processes wake from outside, from every thread") {
  node n({.name = "outside@test", .workers = 2, .log = quiet});
  n.start();
  std::atomic<int> count{0};
  constexpr int each = 2'000;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < each; ++i) {
        const pid p = n.spawn([&count]() -> task<> {
          co_await receive<int>();
          ++count;
        });
        n.send(p, 1);
      }
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(n.wait_until_empty(60s));
  CHECK(count == 4 * each);
  CHECK(n.stop());
}

TEST_CASE("a worker hands out what it woke, then fresh processes newest first, then its ring") {
  node n({.name = "queues@test", .workers = 0, .log = quiet});
  detail::worker w(n.core());
  detail::process_slot slots[6];
  w.push_back(&slots[0]);
  w.push_back(&slots[1]);
  w.make_spawned_ready(&slots[2]);
  w.make_spawned_ready(&slots[3]);
  w.make_ready(&slots[4]);
  CHECK(w.has_work());
  CHECK(w.next() == &slots[4]);
  CHECK(w.next() == &slots[3]);
  CHECK(w.next() == &slots[2]);
  CHECK(w.next() == &slots[0]);
  CHECK(w.next() == &slots[1]);
  CHECK(w.next() == nullptr);
  CHECK(!w.has_work());
  // When the slice is spent the ring goes first, and a fresh process queues up behind it.
  w.push_back(&slots[0]);
  w.make_spawned_ready(&slots[2]);
  w.make_ready(&slots[4]);
  w.budget = 0;
  CHECK(w.next() == &slots[0]);
  CHECK(w.budget == detail::messages_per_slice);
  CHECK(w.next() == &slots[4]);
  CHECK(w.next() == &slots[2]);
  CHECK(w.next() == nullptr);
}

namespace {

// What two processes know of each other that compute in pieces and give way in between.
struct pair_of_loops {
  std::atomic<bool> parallel{false};
  std::mutex mutex;
  std::thread::id last;
  int who = 0;

  // True once one has computed on another thread than the other just before.
  void note(int me) {
    std::lock_guard lock(mutex);
    const auto here = std::this_thread::get_id();
    if (who != 0 && who != me && last != here) parallel = true;
    who = me;
    last = here;
  }
};

task<> compute_in_pieces(pair_of_loops* pair, int me, pid parent) {
  volatile std::uint32_t x = 1;
  for (int piece = 0; piece < 100'000 && !pair->parallel; ++piece) {
    for (int i = 0; i < 10'000; ++i) x = x * 1664525u + 1013904223u;
    pair->note(me);
    // By now this one's slices are short; the other begins on the same worker.
    if (me == 1 && piece == 3'000) spawn(compute_in_pieces, pair, 2, parent);
    co_await beamish::sleep(0ns);
  }
  send(parent, me);
}

}  // namespace

TEST_CASE("two processes that compute long and give way in between get a worker each") {
  sim::in_real_world([]() -> task<> {
    pair_of_loops pair;
    spawn(compute_in_pieces, &pair, 1, self());
    for (int i = 0; i < 2; ++i) co_await receive<int>();
    CHECK(pair.parallel);
  });
}

TEST_CASE("a slice that took long makes the next shorter, until they fit") {
  node n({.name = "slices@test", .workers = 0, .log = quiet});
  detail::worker w(n.core());
  std::int64_t now = 1'000'000'000;
  const auto slice_of = [&](std::int64_t nanoseconds_each) {
    now += w.slice * nanoseconds_each;
    w.fit_slice(now);
    w.budget = 0;
    w.next();
    return w.budget;
  };
  CHECK(slice_of(1) == detail::messages_per_slice);  // the first: nobody knows when it began
  CHECK(slice_of(50) == detail::messages_per_slice);
  CHECK(slice_of(1'000) == 250);  // 250 us, which is what a slice may take
  CHECK(slice_of(1'000) == 250);
  CHECK(slice_of(10'000) == 25);
  CHECK(slice_of(1'000'000) == detail::shortest_slice);
  CHECK(slice_of(100) == 2 * detail::shortest_slice);
  for (int i = 0; i < 10; ++i) slice_of(50);
  CHECK(w.budget == detail::messages_per_slice);
  w.slice_began = 0;  // it slept
  CHECK(slice_of(10'000'000) == detail::messages_per_slice);
}

TEST_CASE("a worker's full ring overflows to where every worker looks, and loses nothing") {
  node n({.name = "queues@test", .workers = 0, .log = quiet});
  detail::worker w(n.core());
  constexpr std::size_t many = 1'000;
  std::vector<detail::process_slot> slots(many);
  for (auto& slot : slots) w.push_back(&slot);
  std::size_t found = 0;
  while (w.next() != nullptr) ++found;
  CHECK(found == many);
  CHECK(n.core().ready_count == 0);
}
