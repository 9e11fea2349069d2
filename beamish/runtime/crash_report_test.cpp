// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/crash_report.hpp"

#include <stdexcept>

#include "beamish/runtime/log.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/sim/testing.hpp"
#include "beamish/term/inspect.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

task<int> find_book(int number) {
  co_await beamish::sleep(0ms);
  if (number > 3) throw std::out_of_range("no such book");
  co_return number;
}

task<int> find_shelf(int number) {
  auto book = co_await find_book(number);
  co_return book + 1;
}

task<> librarian() {
  register_name("librarian");
  set_label(atom("at work"));
  co_await find_shelf(7);
}

// The reports that were logged at that level.
std::vector<std::string> reports(sim::scene& s, log_level level) {
  std::vector<std::string> texts;
  for (const log_entry& e : s.log()) {
    if (e.level == level) texts.push_back(e.text);
  }
  return texts;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a crash report says who ended, of what, on which way, and from where it came") {
  sim::in_all_worlds([](sim::scene& s) -> task<> {
    auto p = spawn_monitor(librarian);
    auto down = co_await receive<down_message>();
    CHECK(down.id == p.id);
    const auto errors = reports(s, log_level::error);
    REQUIRE(errors.size() == 1);
    CHECK(contains(errors[0], inspect(term(p.process)) + " (\"librarian\") terminated"));
    CHECK(contains(errors[0], "** (std::out_of_range) no such book"));
    CHECK(contains(errors[0], "Initial call: "));
    CHECK(contains(errors[0], "Ancestors: [" + inspect(term(self())) + "]"));
    CHECK(contains(errors[0], "Label: :\"at work\""));
    // The coroutines that awaited, innermost first.
    const auto inner = errors[0].find("find_shelf");
    const auto outer = errors[0].find("librarian", errors[0].find("awaited in"));
    CHECK(inner != std::string::npos);
    CHECK(outer != std::string::npos);
    CHECK(inner < outer);
    CHECK(contains(errors[0], "crash_report_test.cpp:"));
    // Observers get the same facts with the reason.
    REQUIRE(down.reason.exception() != nullptr);
    CHECK(down.reason.exception()->awaiting.size() == 2);
    CHECK(!down.reason.exception()->initial_call.empty());
  });
}

TEST_CASE("a crash report names the last message of who keeps one") {
  sim::in_all_worlds([](sim::scene& s) -> task<> {
    auto p = spawn_monitor([] {
      {
        detail::self_access me;
        detail::extra_of(*me).last_message = "{:add_book, \"Emma\"}";
      }
      throw std::runtime_error("full");
    });
    auto down = co_await receive<down_message>();
    CHECK(down.id == p.id);
    REQUIRE(down.reason.exception() != nullptr);
    CHECK(down.reason.exception()->last_message == "{:add_book, \"Emma\"}");
    const auto errors = reports(s, log_level::error);
    REQUIRE(errors.size() == 1);
    CHECK(contains(errors[0], "Last message: {:add_book, \"Emma\"}"));
  });
}

TEST_CASE("expected ends and ends by a signal are not reported") {
  sim::in_all_worlds([](sim::scene& s) -> task<> {
    spawn_monitor([] {});
    spawn_monitor([] { beamish::exit(exit_reason::shutdown()); });
    spawn_monitor([] { beamish::exit(exit_reason::shutdown(term("planned"))); });
    auto killed = spawn_monitor([]() -> task<> { co_await receive<int>(); });
    beamish::exit(killed.process, exit_reason::kill());
    auto told = spawn_monitor([]() -> task<> { co_await receive<int>(); });
    beamish::exit(told.process, term(atom("bad")));
    for (int i = 0; i < 5; ++i) co_await receive<down_message>();
    CHECK(reports(s, log_level::error).empty());
    spawn_monitor([] { beamish::exit(term(atom("bad"))); });
    co_await receive<down_message>();
    const auto errors = reports(s, log_level::error);
    REQUIRE(errors.size() == 1);
    CHECK(contains(errors[0], "** (exit) :bad"));
  });
}

TEST_CASE("an exception that was caught leaves no trail in the report of a later one") {
  sim::in_all_worlds([](sim::scene& s) -> task<> {
    spawn_monitor([]() -> task<> {
      try {
        co_await find_shelf(9);
      } catch (const std::out_of_range&) {
      }
      throw std::runtime_error("another");
    });
    co_await receive<down_message>();
    const auto errors = reports(s, log_level::error);
    REQUIRE(errors.size() == 1);
    CHECK(contains(errors[0], "** (std::runtime_error) another"));
    CHECK(!contains(errors[0], "find_shelf"));
  });
}

TEST_CASE("what a process logs names it, and a sink that throws harms nobody") {
  sim::in_all_worlds([](sim::scene& s) -> task<> {
    log(log_level::warning, "low on shelves");
    const auto warnings = reports(s, log_level::warning);
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0] == "low on shelves");
    CHECK(s.log()[0].process == self());
    co_return;
  });
  node n({.name = "loud@test", .workers = 0, .log = {[](void*, const log_entry&) { throw 1; }}});
  n.start();
  n.spawn([] { log(log_level::info, "never seen"); });
  CHECK(n.stop());
}

TEST_CASE("a stack provider's lines stand in the report") {
  detail::set_stack_provider(
      [](const std::exception_ptr&) { return std::vector<std::string>{"shelf.cpp:42"}; });
  exit_reason reason;
  try {
    throw std::runtime_error("x");
  } catch (...) {
    reason = exit_reason::from_exception(std::current_exception());
  }
  detail::set_stack_provider(nullptr);
  REQUIRE(reason.exception() != nullptr);
  CHECK(reason.exception()->stack == std::vector<std::string>{"shelf.cpp:42"});
  CHECK(reason.value().elements()[1] == list("shelf.cpp:42"));
}
