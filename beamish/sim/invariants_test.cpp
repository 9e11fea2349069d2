// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/invariants.hpp"

#include <doctest/doctest.h>

#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/thread_body.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

// What a body's ledgers complain of, in either world: the first complaint.
template <class Body>
std::string complaint_of(Body body) {
  const sim::launcher launch = sim::launcher_of(body);
  const auto simulated = sim::run_in_simulation(launch, {}, 1).complaints;
  const auto real = sim::run_in_real_world(launch, {}).complaints;
  const std::string text = simulated.empty() ? "" : simulated.front();
  CHECK((real.empty() ? "" : real.front()) == text);
  return text;
}

}  // namespace

TEST_CASE("what is owed and happens once is no complaint") {
  CHECK(complaint_of([](sim::world& w) {
          sim::once ends(w, "ends");
          ends.owe(1);
          ends.owe(2);
          ends.owe(3);
          CHECK(ends.open() == 3);
          ends.happened(1);
          ends.waive(2);
          ends.close(1);
          ends.happened(3);
          CHECK(ends.has_happened(1));
          CHECK_FALSE(ends.has_happened(2));
          CHECK(ends.open() == 0);
          ends.settle();
        }) == "");
}

TEST_CASE("once complains of what comes twice, too late, unasked, or never") {
  CHECK(complaint_of([](sim::world& w) {
          sim::once ends(w, "ends");
          ends.owe(1);
          ends.happened(1);
          ends.happened(1);
        }) == "ends: happened a second time: 1");
  CHECK(complaint_of([](sim::world& w) {
          sim::once ends(w, "ends");
          ends.happened(tuple(1, 2));
        }) == "ends: nobody expects it: {1, 2}");
  CHECK(complaint_of([](sim::world& w) {
          sim::once ends(w, "ends");
          ends.owe(1);
          ends.owe(1);
        }) == "ends: owed a second time: 1");
  CHECK(complaint_of([](sim::world& w) {
          sim::once ends(w, "ends");
          ends.owe(1);
          ends.owe(2);
          ends.happened(2);
          ends.settle();
        }) == "ends: has not happened: 1");
}

TEST_CASE("once complains of what was taken back and happens, or had happened") {
  CHECK(complaint_of([](sim::world& w) {
          sim::once ends(w, "timer");
          ends.owe(1);
          ends.waive(1);
          ends.happened(1);
        }) == "timer: happened, and had been taken back: 1");
  CHECK(complaint_of([](sim::world& w) {
          sim::once ends(w, "timer");
          ends.owe(1);
          ends.happened(1);
          ends.waive(1);
        }) == "timer: taken back, and has happened: 1");
  CHECK(complaint_of([](sim::world& w) {
          sim::once ends(w, "timer");
          ends.owe(1);
          ends.close(1);
          ends.happened(1);
        }) == "timer: happened too late: 1");
}

TEST_CASE("order complains of what overtakes or is lost") {
  const pid a{1, 1, 1}, b{1, 2, 1};
  CHECK(complaint_of([a, b](sim::world& w) {
          sim::order pairs(w, "messages");
          const auto one = pairs.next(a, b), two = pairs.next(a, b), other = pairs.next(b, a);
          CHECK(other == 1);
          pairs.arrived(a, b, one);
          CHECK(pairs.under_way(a, b) == 1);
          CHECK(pairs.under_way() == 2);
          pairs.arrived(b, a, other);
          pairs.arrived(a, b, two);
          CHECK(pairs.under_way(a, b) == 0);
          pairs.settle();
        }) == "");
  CHECK(complaint_of([a, b](sim::world& w) {
          sim::order pairs(w, "messages");
          pairs.next(a, b);
          pairs.next(a, b);
          pairs.arrived(a, b, 2);
        }).find("messages: 2 came behind 0 of 2, from ") == 0);
  CHECK(complaint_of([a, b](sim::world& w) {
          sim::order pairs(w, "messages");
          pairs.next(a, b);
          pairs.settle();
        }).find("messages: 1 of 1 have not come, from ") == 0);
}

TEST_CASE("with possible loss order complains only of what overtakes") {
  const pid a{1, 1, 1}, b{1, 2, 1};
  const auto body = [a, b](std::uint64_t then) {
    return [a, b, then](sim::world& w) {
      sim::order pairs(w, "messages", sim::order::loss::possible);
      for (int i = 0; i < 3; ++i) pairs.next(a, b);
      pairs.arrived(a, b, 2);
      pairs.arrived(a, b, then);
    };
  };
  CHECK(complaint_of(body(3)) == "");
  CHECK(complaint_of(body(2)) != "");
  CHECK(complaint_of(body(1)) != "");
}

TEST_CASE("a gauge complains of one too many, and knows of room that nobody uses") {
  CHECK(complaint_of([](sim::world& w) {
          sim::gauge tasks(w, "tasks", 1);
          tasks.queue();
          tasks.queue();
          CHECK(tasks.idle());
          {
            sim::gauge::visit here(tasks);
            CHECK_FALSE(tasks.idle());
            CHECK(tasks.inside() == 1);
          }
          CHECK(tasks.idle());
          tasks.set_limit(0);
          CHECK_FALSE(tasks.idle());
          tasks.give_up();
          CHECK(tasks.waiting() == 0);
          CHECK(tasks.limit() == 0);
          CHECK(tasks.most() == 1);
        }) == "");
  CHECK(complaint_of([](sim::world& w) {
          sim::gauge tasks(w, "tasks", 1);
          sim::gauge::visit one(tasks), two(tasks);
        }) == "tasks: 2 at a time, and 1 may be");
}

TEST_CASE("a roster knows who is there, and complains of two of one number") {
  CHECK(complaint_of([](sim::world& w) {
          const sim::roster there(w, "children");
          CHECK(there.highest() == -1);
          {
            const sim::roster::visit one(there, 1), three(there, 3);
            CHECK(there.size() == 2);
            CHECK(there.highest() == 3);
            CHECK(there.holder(3) == self());
            CHECK_FALSE(there.holder(2));
          }
          there.enter(1);
          CHECK(there.size() == 1);
          CHECK(there.entries(1) == 2);
          CHECK(there.entries(2) == 0);
        }) == "");
  // A pid is another one in each world.
  const auto two = [](sim::world& w) {
    const sim::roster there(w, "children");
    there.enter(7);
    there.enter(7);
  };
  const sim::launcher launch = sim::launcher_of(two);
  for (const auto& verdict :
       {sim::run_in_simulation(launch, {}, 1), sim::run_in_real_world(launch, {})}) {
    REQUIRE(verdict.complaints.size() == 1);
    CHECK(verdict.complaints.front().find("children: two are number 7: #PID<") == 0);
  }
}

TEST_CASE("a message that nobody expects is a complaint") {
  CHECK(complaint_of([](sim::world& w) -> task<> {
          send(self(), 1);
          co_await receive<int>();
          co_await sim::nothing_more(w);
        }) == "");
  CHECK(complaint_of([](sim::world& w) -> task<> {
          const pid me = self();
          spawn([me]() -> task<> {
            co_await beamish::sleep(10us);
            send(me, 1);
          });
          co_await sim::nothing_more(w);
        }) == "stray messages in the mailbox of a process that expects nothing more: 1");
}

TEST_CASE("ledgers bear processes and threads at the same time") {
  sim::in_all_worlds([](sim::world& w) -> task<> {
    sim::once ends(w, "ends");
    sim::gauge inside(w, "threads", 4);
    const pid me = self();
    for (int i = 0; i < 4; ++i) {
      ends.owe(i);
      inside.queue();
      spawn_thread([ends, inside, me, i]() mutable {
        const sim::gauge::visit here(inside);
        ends.happened(i);
        send(me, i);
      });
    }
    for (int i = 0; i < 4; ++i) co_await receive<int>();
    ends.settle();
  });
}
