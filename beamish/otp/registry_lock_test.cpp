// SPDX-License-Identifier: Apache-2.0
//
// Locks of a registry: one process at a time for each key.
#include "beamish/otp/registry.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"
#include "beamish/term/inspect.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

using rooms = registry<std::string, int>;

struct go_on {};
struct inside {
  pid who;
};

// Takes the lock, says so, and keeps it until it is told to go on.
task<> holder(rooms where, std::string key, pid owner) {
  auto work = [owner]() -> task<> {
    send(owner, inside{self()});
    co_await receive<go_on>();
  };
  auto locked = where.lock(key, work);
  co_await locked;
}

// For both kinds of keys, with one partition and with eight.
template <class Body>
void with_all_kinds(Body body) {
  for (const int partitions : {1, 8}) {
    for (const registry_keys kind : {unique, duplicate}) {
      sim::in_all_worlds([body, partitions, kind]() -> task<> {
        auto r = co_await rooms::start_link({.keys = kind, .name = "r", .partitions = partitions});
        co_await body(r);
        unlink(r.process());
        co_await stop(r);
      });
    }
  }
}

task<down_message> end_of(const reference& ref) {
  auto down = co_await receive_if<down_message>([&](const down_message& d) { return d.id == ref; });
  co_return down;
}

}  // namespace

TEST_CASE("R14 a lock gives what its function returns, in the caller") {
  with_all_kinds([](rooms r) -> task<> {
    auto locking = r.lock("a", [] { return self(); });
    auto who = co_await locking;
    CHECK(who == self());
    auto waiting = r.lock("a", []() -> task<int> {
      co_await beamish::sleep(1ms);
      co_return 42;
    });
    auto answer = co_await waiting;
    CHECK(answer == 42);
    CHECK(r.lookup("a").empty());
  });
}

TEST_CASE("R14 the same key excludes, and different ones do not") {
  with_all_kinds([](rooms r) -> task<> {
    auto one = spawn_monitor(holder, r, "a", self());
    auto first = co_await receive<inside>();
    CHECK(first.who == one.process);
    auto two = spawn_monitor(holder, r, "a", self());
    auto three = spawn_monitor(holder, r, "b", self());
    auto other = co_await receive<inside>();
    CHECK(other.who == three.process);
    auto nobody = co_await receive<inside>(10ms);
    CHECK(!nobody);
    send(one.process, go_on{});
    auto second = co_await receive<inside>();
    CHECK(second.who == two.process);
    send(two.process, go_on{});
    send(three.process, go_on{});
    for (int i = 0; i < 3; ++i) co_await receive<down_message>();
  });
}

TEST_CASE("R14 a lock is let go when its function throws") {
  with_all_kinds([](rooms r) -> task<> {
    auto failing = r.lock("a", []() -> int { throw std::runtime_error("oops"); });
    auto failed = co_await attempt(std::move(failing));
    CHECK(failed.reason().exception()->what == "oops");
    auto locking = r.lock("a", [] { return 1; });
    auto one = co_await locking;
    CHECK(one == 1);
  });
}

TEST_CASE("R14 a lock is let go when its holder dies, and a dead one who waits is passed over") {
  with_all_kinds([](rooms r) -> task<> {
    auto one = spawn_monitor(holder, r, "a", self());
    co_await receive<inside>();
    auto two = spawn_monitor(holder, r, "a", self());
    auto nobody = co_await receive<inside>(10ms);
    CHECK(!nobody);
    auto three = spawn_monitor(holder, r, "a", self());
    nobody = co_await receive<inside>(10ms);
    CHECK(!nobody);
    beamish::exit(two.process, exit_reason::kill());
    co_await end_of(two.id);
    beamish::exit(one.process, exit_reason::kill());
    auto next = co_await receive<inside>();
    CHECK(next.who == three.process);
    send(three.process, go_on{});
    co_await end_of(three.id);
    auto locking = r.lock("a", [] { return 1; });
    auto free = co_await locking;
    CHECK(free == 1);
  });
}

TEST_CASE("R14 who has a lock and asks for it again would wait for itself, and is refused") {
  with_all_kinds([](rooms r) -> task<> {
    auto twice = r.lock("a", [r]() -> task<std::string> {
      auto inner = r.lock("a", [] { return 1; });
      auto refused = co_await attempt(std::move(inner));
      auto other = r.lock("b", [] { return 2; });
      auto two = co_await other;
      CHECK(two == 2);
      co_return refused.reason().exception()->what;
    });
    auto why = co_await twice;
    CHECK(why.find("wait for itself") != std::string::npos);
  });
}
