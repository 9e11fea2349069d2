// SPDX-License-Identifier: Apache-2.0
//
// Which children start again, and when a supervisor gives up.
#include "beamish/otp/supervisor_cases.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace beamish::cases;
using namespace std::chrono_literals;

namespace {

const exit_reason expected[] = {exit_reason::normal(), exit_reason::shutdown(),
                                exit_reason::shutdown(atom("done"))};
const exit_reason fire(atom("fire"));

}  // namespace

TEST_CASE("S6 a permanent child starts again whatever its reason") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop =
        co_await supervisor::start_link({tells(d, "a", {.restart = restart_kind::permanent})},
                                        {.strategy = one_for_one, .max_restarts = 10});
    int nth = 1;
    for (const exit_reason& why : {expected[0], expected[1], expected[2], fire}) {
      const pid a = co_await until(d, "a started", nth++);
      end(a, why);
    }
    co_await until(d, "a started", nth);
    co_await stop(shop);
  });
}

TEST_CASE("S6 permanent is what a child is, unless it says otherwise") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link({tells(d, "a")}, {.strategy = one_for_one});
    const pid a = co_await until(d, "a started");
    end(a, exit_reason::normal());
    co_await until(d, "a started", 2);
    co_await stop(shop);
  });
}

TEST_CASE("S7 a transient child starts again unless its end was expected; its spec stays") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link(
        {tells(d, "a", {.restart = restart_kind::transient})}, {.strategy = one_for_one});
    const pid a = co_await until(d, "a started");
    crash(a);
    int nth = 2;
    for (const exit_reason& why : expected) {
      const pid again = co_await until(d, "a started", nth++);
      end(again, why);
      co_await until_children(shop, ":a stopped");
      CHECK(d->count("a started") == nth - 1);
      auto started = co_await shop.restart_child(atom("a"));
      CHECK(started.ok());
    }
    co_await stop(shop);
  });
}

TEST_CASE("S8 a temporary child never starts again, and its spec goes with it") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link({}, {.strategy = one_for_one});
    int nth = 1;
    for (const exit_reason& why : {expected[0], expected[1], expected[2], fire}) {
      auto spec = tells(d, "a", {.restart = restart_kind::temporary});
      auto started = co_await shop.start_child(spec);
      CHECK(started.ok());
      end(*started, why);
      co_await until_children(shop, "");
      CHECK(d->count("a started") == nth++);
    }
    co_await stop(shop);
  });
}

TEST_CASE("S9 one_for_one: only the child that failed starts again") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop =
        co_await supervisor::start_link({tells(d, "a"), tells(d, "b")}, {.strategy = one_for_one});
    const pid a = co_await until(d, "a started");
    const pid b = co_await until(d, "b started");
    crash(a);
    const pid again = co_await until(d, "a started", 2);
    CHECK(again != a);
    auto rows = co_await shop.which_children();
    REQUIRE(rows.size() == 2);
    CHECK(rows[1].process == again);
    CHECK(rows[0].process == b);
    CHECK(d->text() == "a started, b started, a stopped, a started");
    co_await stop(shop);
  });
}

TEST_CASE("S10 one_for_all: the others stop, youngest first, then all start in order") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link({tells(d, "a"), tells(d, "b"), tells(d, "c")},
                                                {.strategy = one_for_all});
    const pid b = co_await until(d, "b started");
    crash(b);
    co_await until(d, "c started", 2);
    CHECK(d->text(3) == "b stopped, c stopped, a stopped, a started, b started, c started");
    co_await stop(shop);
  });
}

TEST_CASE("S11 rest_for_one: those started after it stop and start again with it") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link(
        {tells(d, "a"), tells(d, "b"), tells(d, "c"), tells(d, "d")}, {.strategy = rest_for_one});
    const pid b = co_await until(d, "b started");
    crash(b);
    co_await until(d, "d started", 2);
    CHECK(d->text(4) == "b stopped, d stopped, c stopped, b started, c started, d started");
    const pid last = co_await until(d, "d started", 2);
    crash(last);
    co_await until(d, "d started", 3);
    CHECK(d->text(10) == "d stopped, d started");
    co_await stop(shop);
  });
}

TEST_CASE("S12 temporary children that were stopped with others don't start again") {
  for (restart_strategy strategy : {one_for_all, rest_for_one}) {
    sim::in_all_worlds([strategy]() -> task<> {
      auto d = write_diary();
      auto shop = co_await supervisor::start_link(
          {tells(d, "a"), tells(d, "b", {.restart = restart_kind::temporary}), tells(d, "c")},
          {.strategy = strategy});
      const pid a = co_await until(d, "a started");
      crash(a);
      co_await until(d, "c started", 2);
      CHECK(d->text(3) == "a stopped, c stopped, b stopped, a started, c started");
      co_await until_children(shop, ":c running, :a running");
      co_await stop(shop);
    });
  }
}

TEST_CASE("S13 too many restarts: all children stop, and the supervisor ends with shutdown") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto d = write_diary();
    auto shop = co_await supervisor::start_link({tells(d, "a"), tells(d, "b")},
                                                {.strategy = one_for_one, .max_restarts = 1});
    auto ref = co_await watch(shop);
    const pid a = co_await until(d, "a started");
    crash(a);
    const pid again = co_await until(d, "a started", 2);
    crash(again);
    const exit_reason why = co_await end_of(ref);
    CHECK(why.is("shutdown"));
    CHECK(d->text(2) == "a stopped, a started, a stopped, b stopped");
    auto exit = co_await receive<exit_message>();
    CHECK(exit.reason.is("shutdown"));
  });
}

TEST_CASE("S14 exactly max_restarts within the window are allowed, S15 3 within 5 s by default") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto d = write_diary();
    auto shop = co_await supervisor::start_link({tells(d, "a")}, {.strategy = one_for_one});
    auto ref = co_await watch(shop);
    for (int nth = 1; nth <= 3; ++nth) {
      const pid a = co_await until(d, "a started", nth);
      crash(a);
    }
    const pid last = co_await until(d, "a started", 4);
    auto early = co_await receive<down_message>(0ms);
    CHECK(!early);
    crash(last);
    const exit_reason why = co_await end_of(ref);
    CHECK(why.is("shutdown"));
    CHECK(d->count("a started") == 4);
  });
}

TEST_CASE("S15 S16 a restart counts for max_seconds, and exactly that long") {
  // Virtual time: to the nanosecond, and 5 s are the default.
  for (bool still_counts : {true, false}) {
    sim::in_simulation([still_counts]() -> task<> {
      trap_exits(true);
      auto d = write_diary();
      auto shop = co_await supervisor::start_link({tells(d, "a")},
                                                  {.strategy = one_for_one, .max_restarts = 1});
      auto ref = co_await watch(shop);
      const pid a = co_await until(d, "a started");
      crash(a);
      const pid again = co_await until(d, "a started", 2);
      co_await sleep(still_counts ? 5s - 1ns : 5s + 1s);
      crash(again);
      if (still_counts) {
        const exit_reason why = co_await end_of(ref);
        CHECK(why.is("shutdown"));
      } else {
        co_await until(d, "a started", 3);
        co_await stop(shop);
      }
    });
  }
}

TEST_CASE("S17 a restart that fails is tried again; each try counts, and the child is restarting") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link({tells(d, "a", {}, failing(2, 4))},
                                                {.strategy = one_for_one, .max_restarts = 4});
    const pid a = co_await until(d, "a started");
    crash(a);
    co_await until(d, "a started", 2);
    CHECK(d->text(2) == "a failed, a failed, a failed, a started");
    co_await until_children(shop, ":a running");
    co_await stop(shop);
  });
}

TEST_CASE("S17 a restart that always fails ends the supervisor by its limit") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto d = write_diary();
    auto shop =
        co_await supervisor::start_link({tells(d, "a", {}, failing(2, 1000)), tells(d, "b")},
                                        {.strategy = one_for_one, .max_restarts = 4});
    auto ref = co_await watch(shop);
    const pid a = co_await until(d, "a started");
    crash(a);
    const exit_reason why = co_await end_of(ref);
    CHECK(why.is("shutdown"));
    CHECK(d->text(2) == "a stopped, a failed, a failed, a failed, a failed, b stopped");
  });
}

TEST_CASE("S17 between two tries the supervisor answers, and shows the child as restarting") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto plan = failing(2, 1'000'000);
    auto shop = co_await supervisor::start_link(
        {tells(d, "a", {}, plan), tells(d, "b")},
        {.strategy = one_for_one, .max_restarts = no_restart_limit});
    const pid a = co_await until(d, "a started");
    crash(a);
    co_await until(d, "a failed");
    auto rows = co_await shop.which_children();
    CHECK(states(rows) == ":b running, :a restarting");
    CHECK(inspect(to_term(rows[1])) == "{:a, :restarting, :worker, [Teller]}");
    auto counts = co_await shop.count_children();
    CHECK(counts.active == 1);
    auto running = co_await shop.restart_child(atom("a"));
    CHECK(running.reason().is("restarting"));
    auto deleted = co_await shop.delete_child(atom("a"));
    CHECK(deleted.reason().is("restarting"));
    plan->fails_to = 0;
    co_await until(d, "a started", 2);
    co_await until_children(shop, ":b running, :a running");
    co_await stop(shop);
  });
}

TEST_CASE("S17 S24 a child that is restarting can be stopped, and is then not tried again") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto plan = failing(2, 1'000'000);
    auto shop = co_await supervisor::start_link(
        {tells(d, "a", {}, plan)}, {.strategy = one_for_one, .max_restarts = no_restart_limit});
    const pid a = co_await until(d, "a started");
    crash(a);
    co_await until(d, "a failed");
    auto stopped = co_await shop.terminate_child(atom("a"));
    CHECK(stopped.ok());
    auto rows = co_await shop.which_children();
    CHECK(states(rows) == ":a stopped");
    const int tries = plan->starts;
    for (int i = 0; i < 5; ++i) co_await shop.count_children();
    CHECK(plan->starts == tries);
    co_await stop(shop);
  });
}

TEST_CASE(
    "S18 one_for_all: a start that fails stops those that had started, and all are tried again") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link(
        {tells(d, "a"), tells(d, "b", {}, failing(2, 3)), tells(d, "c")},
        {.strategy = one_for_all, .max_restarts = 3});
    const pid c = co_await until(d, "c started");
    crash(c);
    co_await until(d, "c started", 2);
    CHECK(d->text(3) ==
          "c stopped, b stopped, a stopped, a started, b failed, a stopped, a started, b failed, "
          "a stopped, a started, b started, c started");
    co_await stop(shop);
  });
}

TEST_CASE("S18 rest_for_one: a start that fails is tried again with those after it") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link(
        {tells(d, "a"), tells(d, "b"), tells(d, "c", {}, failing(2, 2)), tells(d, "d")},
        {.strategy = rest_for_one, .max_restarts = 2});
    const pid b = co_await until(d, "b started");
    crash(b);
    co_await until(d, "d started", 2);
    CHECK(d->text(4) ==
          "b stopped, d stopped, c stopped, b started, c failed, c started, d started");
    co_await stop(shop);
  });
}

TEST_CASE(
    "S38 siblings keep their processes while a restart takes long; the supervisor waits for it") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto slow = child_started_by("a",
                                 [d, first = std::make_shared<std::atomic<bool>>(true),
                                  keeper = self()]() -> task<child_result> {
                                   if (!first->exchange(false)) {
                                     d->note("a waits");
                                     co_await receive<atom>();
                                   }
                                   co_return child_result::started(spawn_link([d]() -> task<> {
                                     d->note("a started");
                                     co_await receive<int>();
                                     beamish::exit(exit_reason(atom("fire")));
                                   }));
                                 });
    auto shop = co_await supervisor::start_link({slow, tells(d, "b")}, {.strategy = one_for_one});
    const pid a = co_await until(d, "a started");
    const pid b = co_await until(d, "b started");
    send(a, 1);
    co_await until(d, "a waits");
    spawn_link([shop, d]() -> task<> {
      auto rows = co_await shop.which_children();
      d->note(states(rows));
    });
    auto name = co_await call<teller::ping>(b);
    CHECK(name == "b");
    CHECK(d->count(":b running, :a running") == 0);
    send(shop.process(), atom("go"));
    co_await until(d, ":b running, :a running");
    auto rows = co_await shop.which_children();
    CHECK(rows[0].process == b);
    co_await stop(shop);
  });
}
