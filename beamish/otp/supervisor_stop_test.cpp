// SPDX-License-Identifier: Apache-2.0
//
// How children stop: in which order, in how much time, and whatever they do.
#include <thread>

#include "beamish/otp/supervisor_cases.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace beamish::cases;
using namespace std::chrono_literals;

TEST_CASE("S2 children stop one after the other, the youngest first") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto d = write_diary();
    auto plan = lingering();
    auto shop = co_await supervisor::start_link(
        {tells(d, "a"), tells(d, "b", {}, plan), tells(d, "c")}, {.strategy = one_for_one});
    const pid b = co_await until(d, "b started");
    auto ref = co_await watch(shop);
    exit(shop.process(), exit_reason::shutdown());
    co_await until(d, "b lingers");
    // `a` waits for its turn.
    CHECK(d->text(3) == "c stopped, b lingers");
    send(b, atom("go"));
    const exit_reason why = co_await end_of(ref);
    CHECK(why.is("shutdown"));
    CHECK(d->text(3) == "c stopped, b lingers, b stopped, a stopped");
    for (const auto& e : d->entries()) {
      CHECK(!alive(e.process));
      if (e.what.ends_with("stopped")) CHECK(e.reason.is("shutdown"));
    }
  });
}

TEST_CASE("S19 a child whose time to stop is over is killed") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link(
        {tells(d, "a"), tells(d, "b", {.shutdown = 20ms}, lingering())}, {.strategy = one_for_one});
    const pid b = co_await until(d, "b started");
    auto ref = monitor(b);
    const auto before = now();
    auto stopped = co_await shop.terminate_child(atom("b"));
    CHECK(stopped.ok());
    CHECK(now() - before >= 20ms);
    const exit_reason why = co_await end_of(ref);
    CHECK(why.is("killed"));
    CHECK(d->text(2) == "b lingers");
    co_await stop(shop);
  });
}

TEST_CASE("S20 brutal_kill: killed at once, and terminate doesn't run") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link({tells(d, "a", {.shutdown = brutal_kill})},
                                                {.strategy = one_for_one});
    const pid a = co_await until(d, "a started");
    auto ref = co_await watch(a);
    co_await stop(shop);
    const exit_reason why = co_await end_of(ref);
    CHECK(why.is("killed"));
    CHECK(d->text() == "a started");
  });
}

TEST_CASE("S21 infinity waits for a child, however long it takes") {
  sim::in_simulation([]() -> task<> {
    trap_exits(true);
    auto d = write_diary();
    auto shop = co_await supervisor::start_link(
        {tells(d, "a", {.shutdown = infinity}, lingering())}, {.strategy = one_for_one});
    const pid a = co_await until(d, "a started");
    auto ref = co_await watch(shop);
    exit(shop.process(), exit_reason::shutdown());
    co_await sleep(24h);
    CHECK(alive(shop.process()));
    send(a, atom("go"));
    const exit_reason why = co_await end_of(ref);
    CHECK(why.is("shutdown"));
    CHECK(d->text(1) == "a lingers, a stopped");
  });
}

TEST_CASE("S21 by default a worker has 5 s to stop, and a supervisor all the time it wants") {
  sim::in_simulation([]() -> task<> {
    auto d = write_diary();
    auto inner =
        supervisor::spec({tells(d, "b", {.shutdown = 1h}, lingering())}, {.strategy = one_for_one});
    auto shop = co_await supervisor::start_link({inner, tells(d, "a", {}, lingering())},
                                                {.strategy = one_for_one});
    const auto before = now();
    co_await stop(shop);
    CHECK(now() - before >= 1h + 5s);
    CHECK(now() - before < 1h + 6s);
    CHECK(d->text(2) == "a lingers, b lingers");
  });
}

TEST_CASE("S22 a child that has unlinked itself is stopped, too") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop =
        co_await supervisor::start_link({tells(d, "a"), tells(d, "b")}, {.strategy = one_for_one});
    for (const char* id : {"a", "b"}) {
      const pid child = co_await until(d, std::string(id) + " started");
      cast<teller::leave>(child);
      co_await until(d, std::string(id) + " left");
    }
    auto stopped = co_await shop.terminate_child(atom("b"));
    CHECK(stopped.ok());
    CHECK(d->text(4) == "b stopped");
    co_await stop(shop);
    CHECK(d->text(4) == "b stopped, a stopped");
  });
}

TEST_CASE("S22 a child that unlinked itself and died is no hindrance") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link({tells(d, "a")}, {.strategy = one_for_one});
    const pid a = co_await until(d, "a started");
    cast<teller::leave>(a);
    co_await until(d, "a left");
    co_await stop(a);
    auto counts = co_await shop.count_children();
    CHECK(counts.specs == 1);
    CHECK(counts.active == 0);
    co_await stop(shop);
  });
}

TEST_CASE("S31 the end of its parent ends a supervisor and its children, with that reason") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    const pid parent = spawn([d, listener = self()]() -> task<> {
      auto shop = co_await supervisor::start_link(
          {supervisor::spec({tells(d, "a")}, {.strategy = one_for_one}), tells(d, "b")},
          {.strategy = one_for_one});
      send(listener, shop.process());
      co_await receive<int>();
      exit(tuple(atom("moving"), 7));
    });
    const pid shop = co_await receive<pid>();
    auto ref = co_await watch(supervisor(shop));
    send(parent, 1);
    const exit_reason why = co_await end_of(ref);
    CHECK(why.value() == tuple(atom("moving"), 7));
    CHECK(d->text(2) == "b stopped, a stopped");
    for (const auto& e : d->entries()) CHECK(!alive(e.process));
  });
}

TEST_CASE("S2 a node that stops ends the children of its supervisors in their order, too") {
  for (const unsigned workers : {0u, 2u}) {
    node n({.name = "closing@test", .workers = workers});
    n.start();
    std::atomic<bool> ready{false};
    shared_diary d;
    n.spawn([&]() -> task<> {
      d = write_diary();
      const supervisor_options each{.strategy = one_for_one};
      child_list inner{tells(d, "b"), tells(d, "c")};
      child_list children{tells(d, "a"), supervisor::spec(inner, each), tells(d, "d")};
      co_await supervisor::start_link(children, each);
      ready = true;
      co_await receive<pid>();
    });
    while (!ready) workers == 0 ? void(n.poll()) : std::this_thread::yield();
    CHECK(n.stop(60s));
    CHECK(d->text(4) == "d stopped, c stopped, b stopped, a stopped");
  }
}

TEST_CASE("S31 the end of its parent during a start is heard when the start is over") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto gate = child_started_by("gate", [d]() -> task<child_result> {
      d->note("gate waits");
      co_await receive<atom>();
      co_return child_result::ignored();
    });
    const pid parent = spawn([d, gate]() -> task<> {
      co_await supervisor::start_link({tells(d, "a"), gate, tells(d, "b")},
                                      {.strategy = one_for_one});
      co_await receive<int>();
    });
    const pid shop = co_await until(d, "gate waits");
    auto ref = monitor(shop);
    exit(parent, exit_reason(atom("moving")));
    send(shop, atom("go"));
    const exit_reason why = co_await end_of(ref);
    CHECK(inspect(why) == ":moving");
    CHECK(d->text() == "a started, gate waits, b started, b stopped, a stopped");
  });
}

TEST_CASE("S31 a kill doesn't wait for a start, and the children end by their links") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto gate = child_started_by("gate", [d]() -> task<child_result> {
      d->note("gate waits");
      co_await receive<atom>();
      co_return child_result::ignored();
    });
    const pid parent = spawn([d, gate]() -> task<> {
      co_await supervisor::start_link({tells(d, "a"), gate}, {.strategy = one_for_one});
    });
    const pid shop = co_await until(d, "gate waits");
    const pid a = co_await until(d, "a started");
    auto ref = monitor(shop);
    auto child = co_await watch(a);
    exit(shop, exit_reason::kill());
    const exit_reason why = co_await end_of(ref);
    CHECK(why.is("killed"));
    const exit_reason by_link = co_await end_of(child);
    CHECK(by_link.is("killed"));
    (void)parent;
  });
}

TEST_CASE("S32 an exit signal of a stranger is ignored, also of one that is linked") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link({tells(d, "a")}, {.strategy = one_for_one});
    auto [stranger, ref] = spawn_monitor([to = shop.process()]() -> task<> {
      link(to);
      exit(to, exit_reason(atom("begone")));
      co_await receive<int>();
      exit(term(atom("fire")));
    });
    send(stranger, 1);
    co_await end_of(ref);
    auto rows = co_await shop.which_children();
    CHECK(states(rows) == ":a running");
    CHECK(d->text() == "a started");
    co_await stop(shop);
  });
}

TEST_CASE("S33 messages that a supervisor does not expect are logged, and do no harm") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    auto d = write_diary();
    auto shop =
        co_await supervisor::start_link({tells(d, "a")}, {.strategy = one_for_one, .name = "shop"});
    send("shop", std::string("what is this"));
    auto rows = co_await shop.which_children();
    CHECK(states(rows) == ":a running");
    CHECK(logged(place.log(), "what is this", "ignores it"));
    co_await stop(shop);
  });
}

TEST_CASE(
    "S40 a child that is stopped and ends otherwise is reported; the rest stop all the same") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    auto d = write_diary();
    auto stubborn = child_process("b", [d]() -> task<> {
      trap_exits(true);
      d->note("b started");
      co_await receive<exit_message>();
      d->note("b fails");
      exit(term(atom("jammed")));
    });
    auto shop = co_await supervisor::start_link({tells(d, "a"), stubborn, tells(d, "c")},
                                                {.strategy = one_for_one, .name = "shop"});
    // So that it traps exits when it is told to stop.
    co_await until(d, "b started");
    co_await stop(shop);
    const std::size_t at = d->size() - 3;
    CHECK(d->text(at) == "c stopped, b fails, a stopped");
    CHECK(logged(place.log(), "(\"shop\"): child :b (", "ended with another reason: :jammed"));
  });
}

TEST_CASE("S40 an expected reason of a child that is not permanent is none of the kind") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    auto quits = [](shared_diary d) -> task<> {
      trap_exits(true);
      d->note("started");
      co_await receive<exit_message>();
    };
    auto d = write_diary();
    auto transient = child_process("a", quits, d);
    transient.restart = restart_kind::transient;
    auto permanent = child_process("b", quits, d);
    auto shop = co_await supervisor::start_link({transient, permanent}, {.strategy = one_for_one});
    co_await until(d, "started", 2);
    co_await stop(shop);
    CHECK(!logged(place.log(), "child :a", "another reason"));
    CHECK(logged(place.log(), "child :b", "another reason: :normal"));
  });
}

TEST_CASE("a child that takes long to stop is named, with the time that it still has") {
  sim::in_simulation([](sim::world& place) -> task<> {
    trap_exits(true);
    auto d = write_diary();
    auto shop = co_await supervisor::start_link({tells(d, "a", {.shutdown = infinity}, lingering()),
                                                 tells(d, "b", {.shutdown = 1s}, lingering())},
                                                {.strategy = one_for_one});
    const pid a = co_await until(d, "a started");
    auto ref = co_await watch(shop);
    exit(shop.process(), exit_reason::shutdown());
    co_await sleep(499ms);
    CHECK(!logged(place.log(), "has been stopping"));
    co_await sleep(2ms);
    CHECK(
        logged(place.log(), "child :b (", "has been stopping for 500 ms; it is killed in 500 ms"));
    co_await sleep(5500ms);
    CHECK(logged(place.log(), "child :a (",
                 "has been stopping for 5 s; waiting as long as it takes"));
    send(a, atom("go"));
    co_await end_of(ref);
  });
}
