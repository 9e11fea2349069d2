// SPDX-License-Identifier: Apache-2.0
//
// What supervisors say in the log, and pauses before restarts, which are told there too.
#include "beamish/otp/dynamic_supervisor.hpp"
#include "beamish/otp/supervisor_cases.hpp"
#include "beamish/runtime/log_event.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace beamish::cases;
using namespace std::chrono_literals;

namespace {

// The lines that supervisors wrote at that level.
std::vector<std::string> reports(const sim::world& place, log_level level) {
  std::vector<std::string> lines;
  for (const log_entry& e : place.log()) {
    if (e.level == level && e.text.starts_with("supervisor ")) lines.push_back(e.text);
  }
  return lines;
}

std::string title(pid process, std::string_view name) {
  return "supervisor " + inspect(term(process)) + " (" + std::string(name) + "): ";
}
std::string child(std::string_view id, pid process) {
  return "child :" + std::string(id) + " (" + inspect(term(process)) + ")";
}

}  // namespace

TEST_CASE("Y10 a child that ended, a start that failed and the end by restarts are reported") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    trap_exits(true);
    auto d = write_diary();
    auto shop = co_await supervisor::start_link(
        {tells(d, "a", {}, failing(2, 1000))},
        {.strategy = one_for_one, .max_restarts = 2, .name = "shop"});
    auto ref = co_await watch(shop);
    const pid a = co_await until(d, "a started");
    crash(a);
    co_await end_of(ref);
    const std::string me = title(shop.process(), "\"shop\"");
    const auto lines = reports(place, log_level::error);
    REQUIRE(lines.size() == 4);
    CHECK(lines[0] == me + child("a", a) +
                          " ended: :fire; starting it again (restart 1 of at most 2 within 5 s)");
    CHECK(lines[1] == me + "child :a did not start: :no_shelf; trying again");
    CHECK(lines[2] == lines[1]);
    CHECK(lines[3] == me + child("a", a) +
                          ": restart 3 within 5 s is more than the 2 allowed; stopping all "
                          "children and itself");
  });
}

TEST_CASE("Y10 a child that is not started again, and a supervisor that does not start") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    trap_exits(true);
    auto d = write_diary();
    auto shop = co_await supervisor::start_link(
        {tells(d, "a", {.restart = restart_kind::temporary})}, {.strategy = one_for_one});
    const pid a = co_await until(d, "a started");
    crash(a);
    co_await until_children(shop, "");
    auto failed = co_await supervisor::try_start_link({tells(d, "b", {}, failing(1, 1))},
                                                      {.strategy = one_for_one});
    CHECK(!failed.ok());
    const auto lines = reports(place, log_level::error);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].ends_with(child("a", a) + " ended: :fire; it is not started again"));
    CHECK(lines[1].ends_with("child :b did not start: :no_shelf"));
    co_await stop(shop);
  });
}

TEST_CASE("Y10 each start is told at level debug, which a log leaves out by default") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    auto d = write_diary();
    auto shop =
        co_await supervisor::start_link({tells(d, "a")}, {.strategy = one_for_one, .name = "shop"});
    const pid a = co_await until(d, "a started");
    const auto lines = reports(place, log_level::debug);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0] == title(shop.process(), "\"shop\"") + "started " + child("a", a));
    CHECK(log_function{}.least == log_level::info);
    co_await stop(shop);
  });
}

TEST_CASE("Y10 as JSON a report has its kind, supervisor, child and reason as members") {
  std::vector<std::string> said;
  const auto keep = [](void* user, const log_entry& e) {
    if (e.event->kind == "supervisor_report")
      static_cast<std::vector<std::string>*>(user)->push_back(e.text);
  };
  node n(
      {.name = "shop@test", .workers = 0, .log = {keep, &said, log_form::json, log_level::debug}});
  n.start();
  n.spawn([]() -> task<> {
    trap_exits(true);
    auto d = write_diary();
    auto shop = co_await supervisor::start_link({tells(d, "a", {.shutdown = 2s})},
                                                {.strategy = one_for_one, .name = "shop"});
    const pid a = co_await until(d, "a started");
    crash(a);
    co_await until(d, "a started", 2);
    co_await stop(shop);
  });
  CHECK(n.wait_until_empty(60s));
  CHECK(n.stop());
  REQUIRE(said.size() == 3);
  const auto has = [](const std::string& line, std::string_view part) {
    return line.find(part) != std::string::npos;
  };
  CHECK(said[0].starts_with(R"({"v":1,"kind":"supervisor_report","time":")"));
  CHECK(has(said[0], R"("level":"debug","node":"shop@test","pid":"#PID<)"));
  CHECK(has(said[0], R"("metadata":{"domain":["otp","sasl"],"registered_name":"shop",)"));
  CHECK(has(said[0], R"("report":"progress","supervisor":"shop","child":{"id":":a","pid":"#PID<)"));
  CHECK(has(said[0], R"("restart":"permanent","shutdown":2000,"type":"worker"},"reason":null,)"));
  CHECK(has(said[1], R"("level":"error")"));
  CHECK(has(said[1], R"("report":"child_terminated","supervisor":"shop","child":{"id":":a",)"));
  CHECK(has(said[1], R"("reason":":fire","text":"supervisor #PID<)"));
  CHECK(has(said[2], R"("report":"progress")"));
}

TEST_CASE("a supervisor without a name is called by its module") {
  struct reading_room : supervisor_module {
    supervisor_init init(shared_diary d) { return {{tells(d, "a")}, {.strategy = one_for_one}}; }
  };
  sim::in_all_worlds([](sim::world& place) -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link<reading_room>({}, d);
    const auto lines = reports(place, log_level::debug);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].starts_with(title(shop.process(), "ReadingRoom")));
    co_await stop(shop);
  });
}

TEST_CASE("a flood of restarts is summed up") {
  sim::in_simulation([](sim::world& place) -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link(
        {tells(d, "a")}, {.strategy = one_for_one, .max_restarts = no_restart_limit});
    for (int nth = 1; nth <= 50; ++nth) {
      const pid a = co_await until(d, "a started", nth);
      crash(a);
    }
    co_await until(d, "a started", 51);
    CHECK(reports(place, log_level::error).size() == 20);
    co_await sleep(2s);
    const pid a = co_await until(d, "a started", 51);
    crash(a);
    co_await until(d, "a started", 52);
    const auto lines = reports(place, log_level::error);
    REQUIRE(lines.size() == 22);
    CHECK(lines[20].ends_with("30 more children ended or failed to start since the last report"));
    co_await stop(shop);
  });
}

TEST_CASE("a pause before a restart is shown, counts as a restart, and the child then starts") {
  sim::in_simulation([](sim::world& place) -> task<> {
    auto d = write_diary();
    const restart_backoff slow{.first = 2s, .max = 10s, .jitter = 0};
    auto shop = co_await supervisor::start_link({tells(d, "a", {.backoff = slow}), tells(d, "b")},
                                                {.strategy = one_for_one});
    const pid a = co_await until(d, "a started");
    crash(a);
    co_await until_children(shop, ":b running, :a restarting (in 2 s)");
    co_await sleep(400ms);
    auto rows = co_await shop.which_children();
    CHECK(states(rows) == ":b running, :a restarting (in 1.6 s)");
    CHECK(inspect(to_term(rows[1])) == "{:a, :restarting, :worker, [Teller]}");
    CHECK(logged(place.log(), "ended: :fire; starting it again in 2 s (restart 1 of at most 3"));
    const auto before = now();
    co_await until(d, "a started", 2);
    CHECK(now() - before == 1600ms);
    // The second pause is twice as long.
    const pid again = co_await until(d, "a started", 2);
    crash(again);
    co_await until_children(shop, ":b running, :a restarting (in 4 s)");
    // It can be stopped while it waits, and then does not start.
    auto stopped = co_await shop.terminate_child(term(atom("a")));
    CHECK(stopped.ok());
    co_await sleep(1h);
    CHECK(d->count("a started") == 2);
    co_await stop(shop);
  });
}

TEST_CASE("restarts with pauses end a supervisor by the same limit") {
  sim::in_simulation([]() -> task<> {
    trap_exits(true);
    auto d = write_diary();
    const restart_backoff quick{.first = 100ms, .max = 100ms};
    auto shop =
        co_await supervisor::start_link({tells(d, "a", {.backoff = quick}, failing(2, 1000))},
                                        {.strategy = one_for_one, .max_restarts = 4});
    auto ref = co_await watch(shop);
    const pid a = co_await until(d, "a started");
    const auto before = now();
    crash(a);
    const exit_reason why = co_await end_of(ref);
    CHECK(why.is("shutdown"));
    CHECK(d->count("a failed") == 4);
    // Four pauses of 90 to 110 ms.
    CHECK(now() - before >= 360ms);
    CHECK(now() - before <= 440ms);
  });
}

TEST_CASE("with a pause the others of a group stop at once, and start after it") {
  sim::in_simulation([]() -> task<> {
    auto d = write_diary();
    const restart_backoff slow{.first = 2s, .jitter = 0};
    auto shop = co_await supervisor::start_link(
        {tells(d, "a"), tells(d, "b", {.backoff = slow}), tells(d, "c")},
        {.strategy = one_for_all});
    const pid b = co_await until(d, "b started");
    crash(b);
    co_await until_children(shop, ":c stopped, :b restarting (in 2 s), :a stopped");
    CHECK(d->text(3) == "b stopped, c stopped, a stopped");
    co_await until(d, "c started", 2);
    CHECK(d->text(6) == "a started, b started, c started");
    co_await stop(shop);
  });
}

TEST_CASE("children of a dynamic supervisor wait for their restarts, too") {
  sim::in_simulation([]() -> task<> {
    auto d = write_diary();
    const restart_backoff slow{.first = 2s, .jitter = 0};
    auto shop = co_await dynamic_supervisor::start_link();
    auto a = co_await shop.start_child(tells(d, "a", {.backoff = slow}));
    crash(*a);
    co_await until_children(shop, ":undefined restarting (in 2 s)");
    const auto before = now();
    co_await until(d, "a started", 2);
    CHECK(now() - before == 2s);
    co_await stop(shop);
  });
}
