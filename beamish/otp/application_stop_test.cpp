// SPDX-License-Identifier: Apache-2.0
//
// How applications end: by themselves, with their controller, with the program; at each of the
// doors of a program.
#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "beamish/otp/application.hpp"
#include "beamish/otp/application_cases.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/runtime/run.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace beamish::cases;
using namespace std::chrono_literals;

namespace {

// a and b run, b needs a; b was started as `kind`.
task<pid> two_run(book log, application_kind kind) {
  std::vector<application_spec> known{telling("b", {"a"}, log), telling("a", {}, log)};
  const pid controller = co_await applications::start_controller(known);
  auto a = co_await applications::start("a");
  auto b = co_await applications::start("b", kind);
  CHECK(a.ok());
  CHECK(b.ok());
  log->read();
  co_return controller;
}

// Which run, once fewer than `count` do.
task<words> running_below(std::size_t count) {
  for (;;) {
    words now = co_await running();
    if (now.size() < count) co_return now;
    co_await sleep(1ms);
  }
}

}  // namespace

TEST_CASE("a temporary application that ends leaves the others alone") {
  sim::in_all_worlds([]() -> task<> {
    const book log = new_book();
    const pid controller = co_await two_run(log, application_kind::temporary);
    cast<announcer::fall>("b");
    words left = co_await running_below(2);
    CHECK(left == words{"a"});
    words all = log->read();
    CHECK(all == words{"b ends", "b stopped"});
    auto again = co_await applications::start("b");
    CHECK(again.ok());
    co_await stop(controller);
  });
}

TEST_CASE("a permanent application that ends stops the others, and ends the controller") {
  for (const auto kind : {application_kind::permanent, application_kind::transient}) {
    sim::in_all_worlds([kind]() -> task<> {
      const book log = new_book();
      trap_exits(true);
      const pid controller = co_await two_run(log, kind);
      cast<announcer::fall>("b");
      auto end = co_await receive<exit_message>();
      words all = log->read();
      CHECK(all == words{"b ends", "b stopped", "a prepares", "a ends", "a stopped"});
      CHECK(end.from == controller);
      CHECK(inspect(end.reason.value()) == "{:application_terminated, :b, :shutdown}");
    });
  }
}

TEST_CASE("a transient application may end normally") {
  sim::in_all_worlds([]() -> task<> {
    application_spec brief{.name = "brief"};
    brief.top = child_started_by("brief", [] {
      return child_result::started(spawn_link([]() -> task<> { co_await receive<int>(1ms); }));
    });
    std::vector<application_spec> known{brief};
    const pid controller = co_await applications::start_controller(known);
    auto started = co_await applications::start("brief", application_kind::transient);
    CHECK(started.ok());
    words left = co_await running_below(1);
    CHECK(left.empty());
    CHECK(alive(controller));
    co_await stop(controller);
  });
}

TEST_CASE("a controller that is told to end stops all in reverse, and who waits hears of it") {
  sim::in_all_worlds([]() -> task<> {
    const book log = new_book();
    trap_exits(true);
    const pid controller = co_await two_run(log, application_kind::permanent);
    co_await stop(controller, exit_reason::shutdown());
    words all = log->read();
    CHECK(all == words{"b prepares", "b ends", "b stopped", "a prepares", "a ends", "a stopped"});
  });
}

TEST_CASE("a callback that fails is logged, and the application stops all the same") {
  sim::in_all_worlds([](sim::world& place) -> task<> {
    const book log = new_book();
    application_spec a = telling("a", {}, log);
    a.prep_stop = [] { throw std::runtime_error("not now"); };
    std::vector<application_spec> known{a};
    const pid controller = co_await applications::start_controller(known);
    auto started = co_await applications::start("a");
    CHECK(started.ok());
    auto stopped = co_await applications::stop("a");
    CHECK(stopped.ok());
    words all = log->read();
    CHECK(all == words{"a starts", "a ends", "a stopped"});
    std::string told;
    for (const log_entry& e : place.log()) told += e.text + "\n";
    CHECK(told.find("application a: prep_stop failed") != std::string::npos);
    co_await stop(controller);
  });
}

TEST_CASE("an application whose process is killed has ended") {
  sim::in_all_worlds([]() -> task<> {
    const book log = new_book();
    trap_exits(true);
    const pid controller = co_await two_run(log, application_kind::permanent);
    auto infos = co_await applications::which_applications();
    auto info = co_await process_info(infos[0].top);
    for (const pid p : info->links)
      if (p != whereis("b")) exit(p, exit_reason::kill());
    auto end = co_await receive<exit_message>();
    CHECK(end.from == controller);
    CHECK(inspect(end.reason.value()) == "{:application_terminated, :b, :killed}");
  });
}

TEST_CASE("an embedded node starts and stops its applications from outside") {
  node n({.workers = 1});
  n.start();
  std::atomic<int> stops = 0;
  application_spec paper{.name = "paper"};
  application_spec shop{.name = "shop", .applications = {"paper"}};
  shop.top = supervisor::spec({}, {.strategy = one_for_one, .name = "shop"});
  shop.stop = [&stops] { ++stops; };
  std::vector<application_spec> known{paper, shop};
  std::vector<std::string> names{"shop"};
  auto started = applications::start_on(n, known, names);
  CHECK(*started == std::vector<std::string>{"paper", "shop"});
  CHECK(n.whereis("shop"));
  auto stopped = applications::stop_on(n);
  CHECK(stopped.ok());
  CHECK(stops == 1);
  CHECK_FALSE(n.whereis("shop"));
  // Whoever led them is gone as well.
  CHECK(n.wait_until_empty(std::chrono::seconds(30)));
  n.stop();
}

namespace {

struct program_log {
  std::string text;
  node_options options() {
    node_options o;
    o.log = {[](void* user, const log_entry& e) {
               static_cast<program_log*>(user)->text += e.text + "\n";
             },
             this};
    return o;
  }
};

int run_program(std::vector<application_spec> all, program_log& log) {
  char name[] = "program";
  char* words[] = {name, nullptr};
  return beamish::run(1, words, application_program(std::move(all)), log.options());
}

// Tells the log what happens; ends when `why` says so.
application_spec logging(std::string name, words needs) {
  application_spec spec{.name = name, .applications = std::move(needs)};
  spec.top = supervisor::spec({}, {.strategy = one_for_one});
  spec.stop = [name] { log(log_level::info, name + " stopped"); };
  return spec;
}

}  // namespace

TEST_CASE("a program that is its applications stops them in reverse at SIGTERM") {
  program_log log;
  application_spec raiser = logging("raiser", {"a", "b"});
  raiser.top = child_process("raiser", []() -> task<> {
    ::kill(::getpid(), SIGTERM);
    co_await receive<int>();
  });
  CHECK(run_program({raiser, logging("b", {"a"}), logging("a", {})}, log) == 143);
  CHECK(log.text.find("raiser stopped\nb stopped\na stopped\n") != std::string::npos);
}

TEST_CASE("a program ends with 1 if an application ends by itself, or does not start") {
  program_log ended;
  application_spec brief = logging("brief", {"a"});
  brief.top = child_process("brief", []() -> task<> { co_await receive<int>(1ms); });
  CHECK(run_program({brief, logging("a", {})}, ended) == 1);
  CHECK(ended.text.find("brief stopped") < ended.text.find("a stopped"));
  CHECK(ended.text.find("{:application_terminated, :brief, :normal}") != std::string::npos);
  program_log missing;
  CHECK(run_program({logging("b", {"a"})}, missing) == 1);
  CHECK(missing.text.find("{:a, {:not_loaded, {:needed_by, :b}}}") != std::string::npos);
}
