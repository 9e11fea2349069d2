// SPDX-License-Identifier: Apache-2.0
//
// Children that come and go while a supervisor runs, and what it says of them.
#include "beamish/otp/supervisor_cases.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace beamish::cases;
using namespace std::chrono_literals;

namespace {
constexpr supervisor_options alone{.strategy = one_for_one};
term id(std::string_view name) { return term(atom(name)); }
}  // namespace

TEST_CASE("S23 start_child of an id that is there: already_started or already_present") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link({tells(d, "a")}, alone);
    const pid a = co_await until(d, "a started");
    auto running = co_await shop.start_child(tells(d, "a"));
    CHECK(running.reason().value() == tuple(atom("already_started"), a));
    auto gone = co_await shop.terminate_child(id("a"));
    CHECK(gone.ok());
    auto stopped = co_await shop.start_child(tells(d, "a"));
    CHECK(stopped.reason().is("already_present"));
    CHECK(d->text() == "a started, a stopped");
    co_await stop(shop);
  });
}

TEST_CASE("S24 terminate_child keeps the spec, unless the child is temporary") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link(
        {tells(d, "a"), tells(d, "b", {.restart = restart_kind::temporary})}, alone);
    auto first = co_await shop.terminate_child(id("a"));
    CHECK(first.ok());
    auto rows = co_await shop.which_children();
    CHECK(states(rows) == ":b running, :a stopped");
    CHECK(inspect(to_term(rows[1])) == "{:a, :undefined, :worker, [Teller]}");
    auto again = co_await shop.terminate_child(id("a"));
    CHECK(again.ok());
    auto temporary = co_await shop.terminate_child(id("b"));
    CHECK(temporary.ok());
    auto unknown = co_await shop.terminate_child(id("b"));
    CHECK(unknown.reason().is("not_found"));
    co_await until_children(shop, ":a stopped");
    CHECK(d->text(2) == "a stopped, b stopped");
    co_await stop(shop);
  });
}

TEST_CASE("S25 restart_child and delete_child: running, not_found, and what they do") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link({tells(d, "a")}, alone);
    auto running = co_await shop.restart_child(id("a"));
    CHECK(running.reason().is("running"));
    auto unknown = co_await shop.restart_child(id("x"));
    CHECK(unknown.reason().is("not_found"));
    auto too_early = co_await shop.delete_child(id("a"));
    CHECK(too_early.reason().is("running"));
    auto stopped = co_await shop.terminate_child(id("a"));
    CHECK(stopped.ok());
    auto restarted = co_await shop.restart_child(id("a"));
    REQUIRE(restarted.ok());
    const pid a = co_await until(d, "a started", 2);
    CHECK(*restarted == a);
    auto stopped_again = co_await shop.terminate_child(id("a"));
    CHECK(stopped_again.ok());
    auto deleted = co_await shop.delete_child(id("a"));
    CHECK(deleted.ok());
    auto gone = co_await shop.delete_child(id("a"));
    CHECK(gone.reason().is("not_found"));
    co_await stop(shop);
  });
}

TEST_CASE("S25 restart_child of a start that fails or ignores leaves the child stopped") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link(
        {tells(d, "a", {}, failing(2, 2)), tells(d, "b", {}, ignoring(2, 2))}, alone);
    for (const char* name : {"a", "b"}) {
      auto stopped = co_await shop.terminate_child(id(name));
      CHECK(stopped.ok());
    }
    auto a = co_await shop.restart_child(id("a"));
    CHECK(a.reason().is("no_shelf"));
    auto b = co_await shop.restart_child(id("b"));
    CHECK(b.is_ignored());
    auto rows = co_await shop.which_children();
    CHECK(states(rows) == ":b stopped, :a stopped");
    co_await stop(shop);
  });
}

TEST_CASE("S26 start_child: what a start function adds is passed on") {
  sim::in_all_worlds([]() -> task<> {
    auto shop = co_await supervisor::start_link({}, alone);
    auto extra = co_await shop.start_child(child_started_by("a", [] {
      const pid p = spawn_link([]() -> task<> { co_await receive<int>(); });
      return child_result::started(p, tuple(atom("port"), 8080));
    }));
    REQUIRE(extra.ok());
    CHECK(extra.extra() == tuple(atom("port"), 8080));
    CHECK(inspect(to_term(extra)) == "{:ok, " + inspect(term(*extra)) + ", {:port, 8080}}");
    auto rows = co_await shop.which_children();
    CHECK(rows[0].process == *extra);
    co_await stop(shop);
  });
}

TEST_CASE("S26 a start that fails gives its reason, and no spec is kept") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link({}, alone);
    auto failed = co_await shop.start_child(tells(d, "a", {}, failing(1, 1)));
    CHECK(failed.reason().is("no_shelf"));
    auto threw = co_await shop.start_child(
        child_started_by("b", []() -> child_result { throw std::runtime_error("no such shelf"); }));
    REQUIRE(threw.reason().exception() != nullptr);
    CHECK(threw.reason().exception()->what == "no such shelf");
    auto left = co_await shop.start_child(child_started_by("c", []() -> task<child_result> {
      exit(term(atom("gone")));
      co_return child_result::ignored();
    }));
    CHECK(left.reason().is("gone"));
    auto named = co_await shop.start_child(tells(d, "d", {.name = "undefined"}));
    CHECK(named.reason().exception() != nullptr);
    auto rows = co_await shop.which_children();
    CHECK(rows.empty());
    co_await stop(shop);
  });
}

TEST_CASE("S27 a spec that can't be meant is refused with what is wrong, and changes nothing") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link({}, alone);
    const auto refused = [&](child_options o, std::string what) -> task<> {
      auto result = co_await shop.start_child(tells(d, "a", o));
      CHECK(!result.ok());
      CHECK(inspect(result.reason()) == what);
      auto started = co_await supervisor::try_start_link({tells(d, "b"), tells(d, "a", o)}, alone);
      CHECK(inspect(started.reason()) == "{:start_spec, " + what + "}");
    };
    trap_exits(true);
    co_await refused({.shutdown = shutdown_limit::after(-5ms)}, "{:invalid_shutdown, -5}");
    co_await refused({.backoff = restart_backoff{.first = 0ms}},
                     "{:invalid_backoff, %{first: 0, jitter: 0.1, max: 10000}}");
    co_await refused({.backoff = restart_backoff{.first = 2s, .max = 1s}},
                     "{:invalid_backoff, %{first: 2000, jitter: 0.1, max: 1000}}");
    co_await refused({.backoff = restart_backoff{.jitter = 1.5}},
                     "{:invalid_backoff, %{first: 100, jitter: 1.5, max: 10000}}");
    auto rows = co_await shop.which_children();
    CHECK(rows.empty());
    CHECK(d->text() == "");
    co_await stop(shop);
  });
}

TEST_CASE(
    "S29 count_children: specs, active, supervisors and workers; stopped ones are specs only") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link(
        {tells(d, "a"), tells(d, "b"), supervisor::spec({}, alone)}, alone);
    auto all = co_await shop.count_children();
    CHECK(inspect(to_term(all)) == "%{active: 3, specs: 3, supervisors: 1, workers: 2}");
    for (const char* name : {"a", "supervisor"}) {
      auto stopped = co_await shop.terminate_child(id(name));
      CHECK(stopped.ok());
    }
    auto less = co_await shop.count_children();
    CHECK(inspect(to_term(less)) == "%{active: 1, specs: 3, supervisors: 1, workers: 2}");
    co_await stop(shop);
  });
}

TEST_CASE("S30 which_children: id, process or state, type and modules; the youngest first") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link(
        {tells(d, "a"), tells(d, "b", {}, ignoring(1, 1)), supervisor::spec({}, alone)}, alone);
    const pid a = co_await until(d, "a started");
    auto late = co_await shop.start_child(tells(d, "c", {.type = child_type::supervisor}));
    auto rows = co_await shop.which_children();
    REQUIRE(rows.size() == 4);
    CHECK(inspect(to_term(rows[0])) == "{:c, " + inspect(term(*late)) + ", :supervisor, [Teller]}");
    CHECK(inspect(to_term(rows[1])) ==
          "{:supervisor, " + inspect(term(rows[1].process)) + ", :supervisor, [Supervisor]}");
    CHECK(inspect(to_term(rows[2])) == "{:b, :undefined, :worker, [Teller]}");
    CHECK(inspect(to_term(rows[3])) == "{:a, " + inspect(term(a)) + ", :worker, [Teller]}");
    co_await stop(shop);
  });
}

TEST_CASE("a supervisor is asked by pid or by name; nobody there exits the caller with noproc") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop =
        co_await supervisor::start_link({tells(d, "a")}, {.strategy = one_for_one, .name = "shop"});
    auto counts = co_await supervisor::named("shop").count_children();
    CHECK(counts.specs == 1);
    co_await stop("shop");
    for (const supervisor& gone : {supervisor::named("shop"), shop}) {
      auto failed = co_await attempt(gone.which_children());
      CHECK(!failed.ok());
      CHECK(failed.reason().value().elements()[0] == term(atom("noproc")));
    }
  });
}

TEST_CASE("sys works on a supervisor: its state, and a pause") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link({tells(d, "a")}, alone);
    const pid a = co_await until(d, "a started");
    co_await sys::suspend(shop);
    crash(a);
    co_await until(d, "a stopped");
    const term state = co_await sys::get_state(shop);
    CHECK(inspect(state) ==
          "%Supervisor{strategy: :one_for_one, max_restarts: 3, restarts: 0, children: [{:a, " +
              inspect(term(a)) + ", :worker, [Teller]}]}");
    CHECK(d->count("a started") == 1);
    co_await sys::resume(shop);
    co_await until(d, "a started", 2);
    co_await stop(shop);
  });
}
