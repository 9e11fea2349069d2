// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/crash_report.hpp"

#include <algorithm>
#include <stdexcept>

#include "beamish/runtime/log.hpp"
#include "beamish/runtime/logger.hpp"
#include "beamish/runtime/node_core.hpp"
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
std::vector<std::string> reports(sim::world& s, log_level level) {
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

namespace {

void keep(void* user, const log_entry& entry) {
  static_cast<std::vector<std::string>*>(user)->push_back(entry.text);
}

// What a node that logs in this form says while `body` runs on it.
template <class F>
std::vector<std::string> said_of(F body, log_form form) {
  std::vector<std::string> said;
  node n({.name = "forms@test", .workers = 0, .log = {&keep, &said, form}});
  n.start();
  n.spawn(body);
  CHECK(n.wait_until_empty(60s));
  CHECK(n.stop());
  return said;
}

detail::crash_report a_report() {
  detail::crash_report r;
  r.time = 1'740'832'496'123'456'789;
  r.process = pid{7, 3, 1};
  r.reason = exit_reason(tuple(atom("bad"), "x"));
  r.initial_call = "librarian";
  return r;
}

}  // namespace

TEST_CASE("a crash report says who ended, of what, on which way, and from where it came") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
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

TEST_CASE("Y9 a crash report names initial call, name, ancestors, messages, links and dictionary") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    auto p = spawn_monitor([]() -> task<> {
      register_name("keeper");
      process_dictionary::put(term(atom("shelf")), term(3));
      logger::metadata({{"request", 12}});
      const pid friendly = spawn_link([]() -> task<> {
        register_name("neighbour");
        co_await receive<int>();
      });
      while (detail::look_at(friendly).state != detail::process_look::state_kind::waits)
        co_await beamish::sleep(0ms);
      send(self(), 1);
      send(self(), std::string("two"));
      throw std::runtime_error("no more");
    });
    auto down = co_await receive<down_message>();
    CHECK(down.id == p.id);
    const auto errors = reports(s, log_level::error);
    REQUIRE(errors.size() == 1);
    const std::string& text = errors[0];
    CHECK(contains(text, "process " + inspect(term(p.process)) + " (\"keeper\") terminated"));
    CHECK(contains(text, "** (std::runtime_error) no more"));
    CHECK(contains(text, "\nInitial call: "));
    CHECK(contains(text, "\nAncestors: [" + inspect(term(self())) + "]"));
    CHECK(contains(text, "\nMetadata: [request: 12]"));
    CHECK(contains(text, "\nDictionary: [shelf: 3]"));
    CHECK(contains(text, "\nMessages: 2"));
    CHECK(contains(text, "\nLinks: [#PID<"));
    const auto neighbours = text.find("\nNeighbours:\n    #PID<");
    REQUIRE(neighbours != std::string::npos);
    CHECK(contains(text.substr(neighbours), " (\"neighbour\") "));
    CHECK(contains(text.substr(neighbours), ": waits for int"));
  });
}

TEST_CASE("Y9 as JSON a neighbour and the dictionary are members of their own") {
  const auto said = said_of(
      []() -> task<> {
        process_dictionary::put(term(atom("shelf")), term(3));
        logger::metadata({{"request", 12}});
        const pid friendly = spawn_link([]() -> task<> { co_await receive<int>(); });
        while (detail::look_at(friendly).state != detail::process_look::state_kind::waits)
          co_await beamish::sleep(0ms);
        throw std::runtime_error("no more");
      },
      log_form::json);
  REQUIRE(said.size() == 1);
  CHECK(contains(said[0], R"("metadata":{"request":12},"dictionary":[[":shelf","3"]],)"));
  CHECK(contains(said[0], R"("neighbours":[{"pid":"#PID<)"));
  CHECK(contains(said[0], R"("state":"waits","waits_for":"int","mailbox_length":0,"stack":[]}])"));
}

TEST_CASE("a crash report names the last message of who keeps one") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    auto p = spawn_monitor([] {
      {
        detail::self_access me;
        detail::notes_of(*me).last_message = "{:add_book, \"Emma\"}";
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
  sim::in_all_worlds([](sim::world& s) -> task<> {
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
  sim::in_all_worlds([](sim::world& s) -> task<> {
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

TEST_CASE("what a process logs names it") {
  sim::in_all_worlds([](sim::world& s) -> task<> {
    log(log_level::warning, "low on shelves");
    const auto warnings = reports(s, log_level::warning);
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0] == "low on shelves");
    CHECK(s.log()[0].process == self());
    co_return;
  });
}

TEST_CASE("a crash report as JSON is one line with everything that is known") {
  detail::set_stack_provider([](const std::exception_ptr&) {
    return std::vector<code_place>{{"shelf_of(int)", "shelf.cpp", 42}, {"unknown", "", 0}};
  });
  const auto said = said_of(librarian, log_form::json);
  detail::set_stack_provider(nullptr);
  REQUIRE(said.size() == 1);
  const std::string& line = said[0];
  CHECK(line.starts_with(R"({"v":1,"kind":"crash_report","time":")"));
  CHECK(line.ends_with(R"("mailbox_length":0,"links":[],"links_total":0})"));
  CHECK(!contains(line, "\n"));
  CHECK(contains(line, R"("level":"error","node":"forms@test","pid":"#PID<)"));
  CHECK(contains(line, R"("registered_name":"librarian","label":":\"at work\"","initial_call":")"));
  CHECK(contains(line, R"("ancestors":[],"reason":"{%:\"Elixir.std::out_of_range\"{message: )"));
  CHECK(contains(line, R"("exception":{"type":"std::out_of_range","message":"no such book",)"));
  CHECK(contains(line, R"("awaiting":[{"function":")"));
  CHECK(contains(line, R"(,"file":"crash_report_test.cpp","line":)"));
  CHECK(
      contains(line, R"--("stack":[{"function":"shelf_of(int)","file":"shelf.cpp","line":42})--"));
  CHECK(contains(line, R"(,{"function":"unknown","file":null,"line":null}]})"));
  CHECK(contains(line, R"("last_message":null,"state":null)"));
}

TEST_CASE("both forms of a report say what isn't known, each in its way") {
  detail::node_core core;
  core.name = "a@b";
  CHECK(detail::json_of(a_report(), core) ==
        R"({"v":1,"kind":"crash_report","time":"2025-03-01T12:34:56.123456Z","level":"error",)"
        R"("node":"a@b","pid":"#PID<7.3.1>","registered_name":null,"label":null,)"
        R"("initial_call":"librarian","ancestors":[],"reason":"{:bad, \"x\"}","server_was":null,)"
        R"("exception":null,)"
        R"("last_message":null,"state":null,"client":null,"log":[],"metadata":{},"dictionary":[],)"
        R"("neighbours":[],"mailbox_length":0,"links":[],"links_total":0})");
  CHECK(detail::text_of(a_report()) ==
        "process #PID<7.3.1> terminated\n** (exit) {:bad, \"x\"}\nInitial call: librarian\n"
        "Ancestors: []\nMessages: 0");
}

TEST_CASE("a report as JSON counts the messages and names the first links") {
  const auto said = said_of(
      [] {
        for (int i = 0; i < 60; ++i) spawn_link([]() -> task<> { co_await receive<int>(); });
        send(self(), 1);
        send(self(), std::string("two"));
        beamish::exit(term(atom("bad")));
      },
      log_form::json);
  REQUIRE(said.size() == 1);
  CHECK(contains(said[0], R"("mailbox_length":2,"links":["#PID<)"));
  CHECK(said[0].ends_with(R"(],"links_total":60})"));
  const auto links = said[0].substr(said[0].find(R"("links":)"));
  CHECK(std::count(links.begin(), links.end(), '#') == 50);
}

TEST_CASE("in JSON what a process or the node says is one line of kind log") {
  const auto said = said_of(
      [] {
        log(log_level::info, "two\nlines, a \"quote\" and \xff");
        detail::log_warning(detail::current_node(), "by the node");
      },
      log_form::json);
  REQUIRE(said.size() == 2);
  CHECK(said[0].starts_with(R"({"v":1,"kind":"log","time":")"));
  CHECK(contains(said[0], R"("level":"info","node":"forms@test","pid":"#PID<)"));
  CHECK(said[0].ends_with(R"("metadata":{},"text":"two\nlines, a \"quote\" and )"
                          "\xef\xbf\xbd\"}"));
  CHECK(said[1].ends_with(
      R"("node":"forms@test","pid":null,"metadata":{"domain":["otp"]},"text":"by the node"})"));
  CHECK(said_of([] { log(log_level::info, "plain"); }, log_form::text) ==
        std::vector<std::string>{"plain"});
}

TEST_CASE("times are UTC with microseconds, before 1970 too") {
  CHECK(detail::utc_time(0) == "1970-01-01T00:00:00.000000Z");
  CHECK(detail::utc_time(951'782'400'000'000'999) == "2000-02-29T00:00:00.000000Z");
  CHECK(detail::utc_time(-1'000) == "1969-12-31T23:59:59.999999Z");
}

TEST_CASE("a stack provider's lines stand in the report") {
  detail::set_stack_provider([](const std::exception_ptr&) {
    return std::vector<code_place>{{"shelf_of(int)", "shelf.cpp", 42}};
  });
  exit_reason reason;
  try {
    throw std::runtime_error("x");
  } catch (...) {
    reason = exit_reason::from_exception(std::current_exception());
  }
  detail::set_stack_provider(nullptr);
  REQUIRE(reason.exception() != nullptr);
  CHECK(reason.exception()->stack == std::vector<code_place>{{"shelf_of(int)", "shelf.cpp", 42}});
  CHECK(reason.value().elements()[1] == list("shelf_of(int) at shelf.cpp:42"));
}
