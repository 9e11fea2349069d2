// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/logger.hpp"

#include <stdexcept>

#include "beamish/runtime/node.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/sim/testing.hpp"
#include "beamish/term/inspect.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

void keep(void* user, const log_entry& entry) { static_cast<lines*>(user)->push_back(entry.text); }

void fail(void*, const log_entry&) { throw std::runtime_error("disk full"); }

// Runs `body` on a node of its own; what its handler "default" got.
template <class F>
lines said_of(F body, log_function how = {}) {
  lines said;
  how.call = how.call != nullptr ? how.call : &keep;
  how.user = &said;
  node n({.name = "logger@test", .workers = 0, .log = how});
  n.start();
  n.spawn(std::move(body));
  CHECK(n.wait_until_empty(60s));
  CHECK(n.stop());
  return said;
}

}  // namespace

TEST_CASE("levels rise from debug to emergency, and the node's is changed while it runs") {
  const lines said = said_of([] {
    logger::debug("0");
    logger::info("1");
    logger::notice("2");
    logger::warning("3");
    logger::error("4");
    logger::critical("5");
    logger::alert("6");
    logger::emergency("7");
    CHECK(logger::level() == log_level::info);
    logger::set_level(log_level::critical);
    logger::error("not seen");
    logger::critical("8");
    logger::set_level(log_level::debug);
    logger::debug("9");
  });
  CHECK(said == lines{"1", "2", "3", "4", "5", "6", "7", "8", "9"});
}

TEST_CASE("a text that a function gives is made only if it is logged") {
  const lines said = said_of([] {
    int made = 0;
    const auto text = [&made] { return std::to_string(++made); };
    logger::debug(text);
    log(log_level::debug, text);
    logger::info(text);
    log(log_level::info, text);
    CHECK(made == 2);
  });
  CHECK(said == lines{"1", "2"});
}

TEST_CASE("each handler has its own level and form, and handlers come and go") {
  lines errors, objects;
  const lines said = said_of([&] {
    logger::add_handler("errors", {.call = &keep, .user = &errors, .least = log_level::error});
    logger::add_handler("objects", {.call = &keep, .user = &objects, .form = log_form::json});
    CHECK(logger::handlers() == lines{"default", "errors", "objects"});
    logger::info("one");
    logger::error("two");
    logger::set_handler_level("default", log_level::error);
    logger::info("three");
    logger::remove_handler("errors");
    logger::error("four");
    CHECK_THROWS_AS(logger::add_handler("objects", {}), argument_error);
    CHECK_THROWS_AS(logger::remove_handler("errors"), argument_error);
    CHECK_THROWS_AS(logger::set_handler_level("errors", log_level::info), argument_error);
  });
  CHECK(said == lines{"one", "two", "four"});
  CHECK(errors == lines{"two"});
  REQUIRE(objects.size() == 4);
  CHECK(objects[3].ends_with(R"("metadata":{},"text":"four"})"));
}

TEST_CASE("what no handler wants is below the level, whatever the node's level is") {
  said_of([] {
    logger::set_handler_level("default", log_level::error);
    logger::info([]() -> std::string { throw std::logic_error("must not be called"); });
  });
}

TEST_CASE("metadata of process and message reach handlers; nil takes a key away") {
  lines seen;
  const auto see = [](void* user, const log_entry& e) {
    const term* shelf = e.event->find("shelf");
    static_cast<lines*>(user)->push_back(shelf == nullptr ? "none" : inspect(*shelf));
  };
  const lines said = said_of(
      [&] {
        logger::add_handler("see", {.call = see, .user = &seen});
        CHECK(logger::metadata() == term());
        logger::info("a");
        logger::metadata({{"shelf", "north"}, {"floor", 2}});
        logger::info("b");
        logger::info("c", {{"shelf", "south"}});
        logger::metadata({{"shelf", term()}});
        CHECK(logger::metadata() == keyword({{"floor", 2}}));
        logger::info("d");
        logger::reset_metadata();
        CHECK(logger::metadata() == term());
      },
      {.form = log_form::json});
  CHECK(seen == lines{"none", "\"north\"", "\"south\"", "none"});
  REQUIRE(said.size() == 4);
  CHECK(said[1].find(R"("metadata":{"shelf":"north","floor":2},"text":"b"})") != said[1].npos);
  CHECK(said[3].find(R"("metadata":{"floor":2},"text":"d"})") != said[3].npos);
}

TEST_CASE("pid, name, ancestors, callers and domain come by themselves") {
  lines seen;
  const auto see = [](void* user, const log_entry& e) {
    static_cast<lines*>(user)->push_back(inspect(e.event->metadata()));
  };
  lines pids;
  said_of([&]() -> task<> {
    logger::add_handler("see", {.call = see, .user = &seen});
    pids.push_back(inspect(term(self())));
    auto child = spawn_monitor([] {
      register_name("child");
      logger::info("here");
      detail::log_warning(detail::current_node(), "by the node");
    });
    pids.push_back(inspect(term(child.process)));
    co_await receive<down_message>();
  });
  REQUIRE(seen.size() == 2);
  CHECK(seen[0] == "[pid: " + pids[1] + ", registered_name: :child, ancestors: [" + pids[0] + "]]");
  CHECK(seen[1] == "[domain: [:otp]]");
}

TEST_CASE("filters of the node and of a handler look at level and metadata") {
  lines loud;
  const lines said = said_of([&] {
    logger::add_handler("loud", {.call = &keep, .user = &loud});
    logger::add_filter("no_shelf", [](const log_event& e) { return e.find("shelf") == nullptr; });
    logger::add_handler_filter("loud", "only_errors",
                               [](const log_event& e) { return e.level >= log_level::error; });
    logger::error("secret", {{"shelf", "north"}});
    logger::info("one");
    logger::error("two");
    logger::remove_filter("no_shelf");
    logger::remove_handler_filter("loud", "only_errors");
    logger::info("three", {{"shelf", "north"}});
    CHECK_THROWS_AS(logger::remove_filter("no_shelf"), argument_error);
  });
  CHECK(said == lines{"one", "two", "three"});
  CHECK(loud == lines{"two", "three"});
}

TEST_CASE("a handler that throws is removed, the others are told, and the process goes on") {
  const lines said = said_of([] {
    logger::add_handler("bad", {.call = &fail});
    logger::info("one");
    logger::info("two");
    CHECK(logger::handlers() == lines{"default"});
  });
  REQUIRE(said.size() == 3);
  CHECK(said[0] == "one");
  CHECK(said[1] == "log handler 'bad' failed and is removed: disk full");
  CHECK(said[2] == "two");
}

TEST_CASE("the last handler that throws is told on standard error") {
  const lines said = said_of(
      [] {
        logger::info("one");
        CHECK(logger::handlers().empty());
        logger::error("to nobody");
      },
      {.call = &fail});
  CHECK(said.empty());
}

TEST_CASE("a filter that throws is removed, and what it looked at passes") {
  const lines said = said_of([] {
    logger::add_filter("bad", [](const log_event&) -> bool { throw std::runtime_error("no"); });
    logger::info("one");
    logger::info("two");
  });
  CHECK(said == lines{"one", "log filter 'bad' failed and is removed: no", "two"});
}

TEST_CASE("what a handler itself logs is dropped, and a change of the log removes it") {
  lines said_inside;
  const auto talks = [](void* user, const log_entry& e) {
    static_cast<lines*>(user)->push_back(e.text);
    logger::error("again");
    log(log_level::error, "and again");
  };
  const auto meddles = [](void*, const log_entry&) { logger::set_level(log_level::alert); };
  const lines said = said_of([&] {
    logger::add_handler("talks", {.call = talks, .user = &said_inside});
    logger::error("one");
    logger::remove_handler("talks");
    logger::add_handler("meddles", {.call = meddles});
    logger::error("two");
    CHECK(logger::level() == log_level::info);
  });
  CHECK(said_inside == lines{"one"});
  REQUIRE(said.size() == 3);
  CHECK(said[2].starts_with("log handler 'meddles' failed and is removed: logger: a handler"));
}

TEST_CASE("many that log at once, while handlers change") {
  std::atomic<int> heard = 0;
  // On a busy machine the node may have something to say, too.
  const auto count = [](void* user, const log_entry& e) {
    if (e.text == "hello") ++*static_cast<std::atomic<int>*>(user);
  };
  node n({.name = "many@test", .workers = 2, .log = {count, &heard}});
  n.start();
  for (int p = 0; p < 8; ++p) {
    n.spawn([p] {
      const std::string mine = "handler " + std::to_string(p);
      for (int i = 0; i < 200; ++i) {
        logger::add_handler(mine, {.call = [](void*, const log_entry&) {}});
        logger::info("hello");
        logger::remove_handler(mine);
      }
    });
  }
  CHECK(n.wait_until_empty(60s));
  CHECK(n.stop());
  CHECK(heard == 1600);
}
