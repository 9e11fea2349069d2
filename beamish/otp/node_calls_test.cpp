// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/node_calls.hpp"

#include <stdexcept>
#include <thread>

#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/thread_body.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct shop : gen_server<shop> {
  struct price {
    using reply = int;
    int article;
  };
  struct never {
    using reply = int;
  };
  struct waiting {
    using reply = std::size_t;
  };
  struct reset {};
  using messages = accepts<price, never, waiting, reset>;
  std::vector<from<never>> callers;
  int handle_call(price& m) { return m.article * 2; }
  void handle_call(never&, from<never> caller) { callers.push_back(std::move(caller)); }
  std::size_t handle_call(waiting&) { return callers.size(); }
  void handle_cast(reset&) { callers.clear(); }
};

struct quiet_node {
  static void ignore(void*, const log_entry&) {}
  static node_options options() {
    node_options o;
    o.workers = 2;
    o.log = {&ignore, nullptr};
    return o;
  }
  node n{options()};
  quiet_node() { n.start(); }
};

}  // namespace

TEST_CASE("a plain thread calls, casts and starts servers; failures are values") {
  quiet_node q;
  auto started = start_on<shop>(q.n, {.name = "shop"});
  REQUIRE(started.ok());
  const pid s = (*started).process();
  auto by_name = q.n.call<shop::price>("shop", 10s, 21);
  REQUIRE(by_name.ok());
  CHECK(*by_name == 42);
  auto by_pid = q.n.call<shop::price>(s, infinity, 1);
  CHECK(*by_pid == 2);
  auto nobody = q.n.call<shop::price>("nobody", 1s, 1);
  CHECK(nobody.reason().value() ==
        tuple(atom("noproc"), tuple(atom("gen_server"), atom("call"),
                                    list(atom("nobody"), tuple(atom("price"), 1), 1000))));
  auto late = q.n.call<shop::never>("shop", 1ms);
  CHECK(late.reason().value() ==
        tuple(atom("timeout"),
              tuple(atom("gen_server"), atom("call"), list(atom("shop"), atom("never"), 1))));
  q.n.cast<shop::reset>("shop");
  q.n.cast<shop::reset>("nobody");
  auto left = q.n.call<shop::waiting>("shop", 10s);
  CHECK(*left == 0);
  auto again = start_on<shop>(q.n, {.name = "shop"});
  CHECK(again.reason().value() == tuple(atom("already_started"), s));
  CHECK(q.n.stop());
  auto gone = q.n.call<shop::price>(s, 10s, 1);
  CHECK(!gone.ok());
  CHECK(gone.reason().value().elements()[0] == term(atom("noproc")));
}

TEST_CASE("async_call gives a future: ready, wait, get once, or give it up") {
  quiet_node q;
  auto started = start_on<shop>(q.n, {});
  const pid s = (*started).process();
  auto soon = q.n.async_call<shop::price>(s, 4);
  CHECK(soon.wait());
  CHECK(soon.ready());
  auto price = soon.get();
  CHECK(*price == 8);
  CHECK(!soon.ready());
  CHECK_THROWS_AS((void)soon.get(), std::logic_error);
  {
    auto dropped = q.n.async_call<shop::never>(s);
    CHECK(!dropped.ready());
    CHECK(!dropped.wait(1ms));
  }
  auto failing = q.n.async_call<shop::never>(s);
  auto moved = std::move(failing);
  q.n.cast<shop::reset>(s);
  auto failed = moved.get();
  CHECK(failed.reason().value().elements()[0] == term(atom("no_reply")));
  auto open = q.n.async_call<shop::never>(s);
  CHECK(q.n.stop());
  auto ended = open.get();
  CHECK(!ended.ok());
}

TEST_CASE("on a worker the blocking forms fail with would_block, and nothing waits") {
  sim::in_real_world([](sim::world& place) -> task<> {
    node& n = place.node();
    auto s = co_await start<shop>({.name = "shop"});
    auto refused = n.call<shop::price>("shop", 10s, 1);
    CHECK(refused.reason().value() ==
          tuple(atom("would_block"), tuple(atom("gen_server"), atom("call"),
                                           list(atom("shop"), tuple(atom("price"), 1), 10'000))));
    auto not_started = start_on<shop>(n, {});
    CHECK(not_started.reason().is("would_block"));
    auto future = n.async_call<shop::never>("shop");
    CHECK(!future.wait(10s));
    auto nothing = future.get();
    CHECK(nothing.reason().value() ==
          tuple(atom("would_block"), tuple(atom("gen_server"), atom("call"),
                                           list(atom("shop"), atom("never"), atom("infinity")))));
    co_await stop(s);
  });
}

TEST_CASE("a thread body may use the door, too") {
  sim::in_real_world([](sim::world& place) -> task<> {
    auto s = co_await start<shop>({.name = "shop"});
    spawn_thread([&place, parent = self()] {
      auto price = place.node().call<shop::price>("shop", 10s, 3);
      send(parent, price.ok() ? *price : -1);
    });
    const int six = co_await receive<int>();
    CHECK(six == 6);
    co_await stop(s);
  });
}

TEST_CASE("four plain threads call a server while the node stops: no hang, errors are values") {
  for (int round = 0; round < 20; ++round) {
    quiet_node q;
    auto started = start_on<shop>(q.n, {.name = "shop"});
    const pid s = (*started).process();
    std::atomic<int> answered{0};
    std::atomic<bool> node_stopped{false};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        while (!node_stopped.load()) {
          auto a = t % 2 == 0 ? q.n.call<shop::price>(s, infinity, t)
                              : q.n.call<shop::price>("shop", infinity, t);
          if (a.ok()) {
            answered.fetch_add(1);
          } else {
            // Why is told, whatever the moment.
            const term why = a.reason().value().elements()[0];
            if (why != term(atom("noproc")) && why != term(atom("shutdown")) &&
                why != term(atom("killed"))) {
              answered.store(-1'000'000);
            }
          }
          q.n.cast<shop::reset>("shop");
          if (t == 3) {
            auto fresh = start_on<shop>(q.n, {});
            if (fresh.ok()) q.n.call<shop::price>((*fresh).process(), infinity, 1).ok();
          }
        }
      });
    }
    while (answered.load() < 50) std::this_thread::yield();
    CHECK(q.n.stop());
    node_stopped.store(true);
    for (auto& t : threads) t.join();
    CHECK(answered.load() >= 50);
  }
}

namespace {

struct tidy : gen_server<tidy> {
  using messages = accepts<>;
  std::atomic<int>* ended = nullptr;

  void init(std::atomic<int>* e) {
    ended = e;
    trap_exits(true);
  }
  void terminate(const exit_reason& reason) {
    if (reason.is("shutdown")) ++*ended;
  }
};

task<> start_tidy(std::atomic<int>* ended, std::atomic<bool>* ready) {
  co_await start<tidy>({}, ended);
  co_await start_link<tidy>({}, ended);
  *ready = true;
  co_await receive<int>();
}

}  // namespace

TEST_CASE("a node that stops ends servers that trap exits by their terminate, linked or not") {
  std::atomic<int> ended{0};
  node n({.name = "tidy@test", .workers = 1, .log = {[](void*, const log_entry&) {}}});
  n.start();
  std::atomic<bool> ready{false};
  n.spawn(start_tidy, &ended, &ready);
  while (!ready) std::this_thread::yield();
  CHECK(n.stop(60s));
  CHECK(ended == 2);
}
