// SPDX-License-Identifier: Apache-2.0
//
// How applications start, what is known of them, and their environment.
#include "beamish/otp/application.hpp"

#include "beamish/otp/application_cases.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace beamish::cases;
using namespace std::chrono_literals;

TEST_CASE("applications start in the order of what they need, and stop in reverse") {
  sim::in_all_worlds([]() -> task<> {
    const book log = new_book();
    std::vector<application_spec> known{telling("c", {"b", "a"}, log), telling("b", {"a"}, log),
                                        telling("a", {}, log)};
    const pid controller = co_await applications::start_controller(known);
    auto started = co_await applications::ensure_all_started("c");
    CHECK(*started == words{"a", "b", "c"});
    words begun = log->read();
    CHECK(begun == words{"a starts", "b starts", "c starts"});
    words all = co_await running();
    CHECK(all == words{"c", "b", "a"});
    auto again = co_await applications::ensure_all_started("b");
    CHECK(again->empty());
    co_await applications::stop_all();
    words ended = log->read();
    CHECK(ended == words{"c prepares", "c ends", "c stopped", "b prepares", "b ends", "b stopped",
                         "a prepares", "a ends", "a stopped"});
    words none = co_await running();
    CHECK(none.empty());
    co_await stop(controller);
  });
}

TEST_CASE("start and stop of one application refuse what can't be") {
  sim::in_all_worlds([]() -> task<> {
    const book log = new_book();
    std::vector<application_spec> known{telling("b", {"a"}, log), telling("a", {}, log)};
    const pid controller = co_await applications::start_controller(known);
    auto unknown = co_await applications::start("z");
    CHECK(inspect(unknown.reason().value()) == "{:not_loaded, :z}");
    auto early = co_await applications::start("b");
    CHECK(inspect(early.reason().value()) == "{:not_started, :a}");
    auto a = co_await applications::start("a");
    CHECK(a.ok());
    auto twice = co_await applications::start("a");
    CHECK(inspect(twice.reason().value()) == "{:already_started, :a}");
    auto stopped = co_await applications::stop("a");
    CHECK(stopped.ok());
    auto stopped_twice = co_await applications::stop("a");
    CHECK(inspect(stopped_twice.reason().value()) == "{:not_started, :a}");
    const application_spec second = telling("a", {}, log);
    auto loaded = co_await applications::load(second);
    CHECK(inspect(loaded.reason().value()) == "{:already_loaded, :a}");
    co_await stop(controller);
  });
}

TEST_CASE("one that does not start says why, and what was started for it stops again") {
  sim::in_all_worlds([]() -> task<> {
    const book log = new_book();
    std::vector<application_spec> known{telling("bad", {"b"}, log), telling("b", {"a"}, log),
                                        telling("a", {}, log)};
    const pid controller = co_await applications::start_controller(known);
    auto a = co_await applications::start("a");
    CHECK(a.ok());
    auto failed = co_await applications::ensure_all_started("bad");
    CHECK(inspect(failed.reason().value()) ==
          "{:bad, {:shutdown, {:failed_to_start_child, :bad, :broken}}}");
    words all = log->read();
    CHECK(all == words{"a starts", "b starts", "b prepares", "b ends", "b stopped"});
    words left = co_await running();
    CHECK(left == words{"a"});
    co_await stop(controller);
  });
}

TEST_CASE("a circle, or what nobody has loaded, starts nothing") {
  sim::in_all_worlds([]() -> task<> {
    const book log = new_book();
    std::vector<application_spec> known{telling("a", {"b"}, log), telling("b", {"a"}, log),
                                        telling("c", {"d"}, log)};
    const pid controller = co_await applications::start_controller(known);
    auto circle = co_await applications::ensure_all_started("a");
    CHECK(inspect(circle.reason().value()) == "{:a, {:cycle, [:a, :b, :a]}}");
    auto gap = co_await applications::ensure_all_started("c");
    CHECK(inspect(gap.reason().value()) == "{:d, {:not_loaded, {:needed_by, :c}}}");
    words none = co_await running();
    CHECK(none.empty());
    co_await stop(controller);
  });
}

TEST_CASE("the environment has typed values, also for one that starts") {
  sim::in_all_worlds([]() -> task<> {
    application_spec shop{.name = "shop",
                          .environment = {{"port", 4000}, {"title", "Emma"}, {"depth", 3}}};
    shop.top = child_started_by("shop", [owner = self()]() -> task<child_result> {
      auto port = co_await applications::get_env<int>("shop", "port");
      send(owner, *port);
      co_return child_result::started(spawn_link([]() -> task<> { co_await receive<int>(); }));
    });
    std::vector<application_spec> known{shop};
    // Before it is loaded: takes the place of what the spec says.
    const pid controller = co_await applications::start_controller();
    co_await applications::put_env("shop", "depth", 7);
    auto loaded = co_await applications::load(shop);
    CHECK(loaded.ok());
    auto started = co_await applications::ensure_all_started("shop");
    CHECK(started->size() == 1);
    const int port = co_await receive<int>();
    CHECK(port == 4000);
    auto depth = co_await applications::get_env<int>("shop", "depth");
    CHECK(*depth == 7);
    co_await applications::put_env("shop", "title", std::string("Persuasion"));
    auto title = co_await applications::get_env<std::string>("shop", "title");
    CHECK(*title == "Persuasion");
    co_await applications::delete_env("shop", "title");
    auto gone = co_await applications::get_env<std::string>("shop", "title");
    CHECK_FALSE(gone.has_value());
    auto wrong = co_await attempt(applications::get_env<std::string>("shop", "port"));
    CHECK(inspect(wrong.reason().value()).starts_with("{:bad_environment, :port, "));
    co_await stop(controller);
  });
}

TEST_CASE("a library has no process, and counts as running") {
  sim::in_all_worlds([]() -> task<> {
    const book log = new_book();
    application_spec paper{.name = "paper"};
    std::vector<application_spec> known{paper, telling("a", {"paper"}, log)};
    const pid controller = co_await applications::start_controller(known);
    auto started = co_await applications::ensure_all_started("a", application_kind::transient);
    CHECK(*started == words{"paper", "a"});
    auto infos = co_await applications::which_applications();
    CHECK(infos[0].kind == application_kind::transient);
    CHECK(alive(infos[0].top));
    CHECK_FALSE(infos[1].top);
    co_await stop(controller);
  });
}

TEST_CASE("without a controller everything exits with noproc") {
  sim::in_all_worlds([]() -> task<> {
    auto none = co_await attempt(applications::stop("a"));
    CHECK(inspect(none.reason().value()).starts_with("{:noproc"));
  });
}
