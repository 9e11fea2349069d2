// SPDX-License-Identifier: Apache-2.0
//
// How supervisors start, and what ends them.
#include "beamish/otp/supervisor.hpp"

#include "beamish/otp/supervisor_cases.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace beamish::cases;
using namespace std::chrono_literals;

namespace {

constexpr supervisor_options alone{.strategy = one_for_one};
const exit_reason fire(atom("fire"));

// A supervisor as a module.
struct shop_module : supervisor_module {
  supervisor_init init(shared_diary d, int children) {
    if (children == 0) return supervisor_init::ignore();
    if (children < 0) throw std::invalid_argument("less than none");
    d->note("init");
    std::vector<child_specification> specs;
    for (int i = 1; i <= children; ++i) specs.push_back(tells(d, std::to_string(i)));
    return {std::move(specs), {.strategy = one_for_all}};
  }
};

}  // namespace

TEST_CASE("S1 children start in order, each when the one before it has") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto slow = child_started_by("b", [d]() -> task<child_result> {
      d->note("b begins");
      co_await sleep(1ms);
      d->note("b has started");
      co_return child_result::started(spawn_link([]() -> task<> { co_await receive<int>(); }));
    });
    auto shop = co_await supervisor::start_link({tells(d, "a"), slow, tells(d, "c")}, alone);
    CHECK(d->text() == "a started, b begins, b has started, c started");
    co_await stop(shop);
  });
}

TEST_CASE("S3 a child that fails stops those before it, youngest first, and names itself") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto d = write_diary();
    auto shop = co_await supervisor::try_start_link(
        {tells(d, "a"), tells(d, "b"), tells(d, "c", {}, failing(1, 1)), tells(d, "d")}, alone);
    CHECK(!shop.ok());
    CHECK(inspect(shop.reason()) == "{:shutdown, {:failed_to_start_child, :c, :no_shelf}}");
    CHECK(d->text() == "a started, b started, c failed, b stopped, a stopped");
    for (const auto& e : d->entries()) {
      if (e.what.ends_with("stopped")) CHECK(!alive(e.process));
    }
    auto exit = co_await receive<exit_message>();
    CHECK(exit.reason == shop.reason());
  });
}

TEST_CASE("S4 a child that ignores its start is kept as undefined, but a temporary one is not") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link(
        {tells(d, "a", {}, ignoring(1, 1)),
         tells(d, "b", {.restart = restart_kind::temporary}, ignoring(1, 1)), tells(d, "c")},
        alone);
    auto rows = co_await shop.which_children();
    CHECK(states(rows) == ":c running, :a stopped");
    auto kept = co_await shop.start_child(tells(d, "d", {}, ignoring(1, 1)));
    CHECK(kept.is_ignored());
    auto not_kept = co_await shop.start_child(
        tells(d, "e", {.restart = restart_kind::temporary}, ignoring(1, 1)));
    CHECK(not_kept.is_ignored());
    auto later = co_await shop.which_children();
    CHECK(states(later) == ":d stopped, :c running, :a stopped");
    co_await stop(shop);
  });
}

TEST_CASE("S4 a child that ignores a restart is kept as undefined") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link({tells(d, "a", {}, ignoring(2, 2))}, alone);
    const pid a = co_await until(d, "a started");
    crash(a);
    co_await until_children(shop, ":a stopped");
    CHECK(d->text() == "a started, a stopped, a ignored");
    co_await stop(shop);
  });
}

TEST_CASE("S5 a supervisor may ignore its own start") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto d = write_diary();
    auto none = co_await supervisor::try_start_link<shop_module>({.name = "shop"}, d, 0);
    CHECK(none.reason().is("ignore"));
    CHECK(!whereis("shop"));
    auto exit = co_await receive<exit_message>();
    CHECK(exit.reason.is_normal());
    // As a child it is kept, not running.
    auto outer = co_await supervisor::start_link({child_spec<shop_module>(d, 0)}, alone);
    auto rows = co_await outer.which_children();
    CHECK(inspect(to_term(rows[0])) == "{ShopModule, :undefined, :supervisor, [ShopModule]}");
    co_await stop(outer);
  });
}

TEST_CASE("an init that throws gives its failure, and nothing has started") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto d = write_diary();
    auto failed = co_await supervisor::try_start_link<shop_module>({}, d, -1);
    REQUIRE(failed.reason().exception() != nullptr);
    CHECK(failed.reason().exception()->what == "less than none");
    CHECK(d->text() == "");
  });
}

TEST_CASE("S28 an id that stands twice is refused before anything starts") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto d = write_diary();
    auto shop =
        co_await supervisor::try_start_link({tells(d, "a"), tells(d, "b"), tells(d, "a")}, alone);
    CHECK(inspect(shop.reason()) == "{:start_spec, {:duplicate_child_name, :a}}");
    CHECK(d->text() == "");
  });
}

TEST_CASE("options that can't be meant are refused, and say what is wrong") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto negative =
        co_await supervisor::try_start_link({}, {.strategy = one_for_one, .max_restarts = -1});
    CHECK(inspect(negative.reason()) == "{:supervisor_data, {:invalid_intensity, -1}}");
    auto never =
        co_await supervisor::try_start_link({}, {.strategy = one_for_one, .max_seconds = 0s});
    CHECK(inspect(never.reason()) == "{:supervisor_data, {:invalid_period, 0}}");
    auto first = co_await supervisor::start_link({}, {.strategy = one_for_one, .name = "shop"});
    auto taken = co_await supervisor::try_start_link({}, {.strategy = one_for_one, .name = "shop"});
    CHECK(taken.reason().value() == tuple(atom("already_started"), first.process()));
    auto exits = co_await attempt([]() -> task<> {
      auto never_there =
          co_await supervisor::start_link({}, {.strategy = one_for_one, .max_restarts = -1});
      (void)never_there;
    }());
    CHECK(inspect(exits.reason()) == "{:supervisor_data, {:invalid_intensity, -1}}");
    co_await stop(first);
  });
}

TEST_CASE("S34 any_significant: a significant child that ends by itself ends the supervisor") {
  for (restart_kind kind : {restart_kind::transient, restart_kind::temporary}) {
    sim::in_all_worlds([kind]() -> task<> {
      trap_exits(true);
      auto d = write_diary();
      auto shop = co_await supervisor::start_link(
          {tells(d, "a"), tells(d, "b", {.restart = kind, .significant = true}),
           tells(d, "c", {.restart = kind, .significant = true}), tells(d, "d", {.restart = kind})},
          {.strategy = one_for_one, .auto_shutdown = any_significant});
      auto ref = co_await watch(shop);
      // One that isn't significant changes nothing.
      const pid other = co_await until(d, "d started");
      end(other, exit_reason::normal());
      const std::string after = kind == restart_kind::transient
                                    ? ":d stopped, :c running, :b running, :a running"
                                    : ":c running, :b running, :a running";
      co_await until_children(shop, after);
      const pid b = co_await until(d, "b started");
      end(b, exit_reason::normal());
      const exit_reason why = co_await end_of(ref);
      CHECK(why.is("shutdown"));
      CHECK(d->text(4) == "d stopped, b stopped, c stopped, a stopped");
    });
  }
}

TEST_CASE("S34 a transient significant child that crashes starts again; a temporary one ends all") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto d = write_diary();
    auto shop = co_await supervisor::start_link(
        {tells(d, "a", {.restart = restart_kind::transient, .significant = true}),
         tells(d, "b", {.restart = restart_kind::temporary, .significant = true})},
        {.strategy = one_for_one, .auto_shutdown = any_significant});
    auto ref = co_await watch(shop);
    const pid a = co_await until(d, "a started");
    crash(a);
    co_await until(d, "a started", 2);
    const pid b = co_await until(d, "b started");
    crash(b);
    const exit_reason why = co_await end_of(ref);
    CHECK(why.is("shutdown"));
  });
}

TEST_CASE("S35 all_significant: the last significant child ends the supervisor") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto d = write_diary();
    auto shop = co_await supervisor::start_link(
        {tells(d, "a"), tells(d, "b", {.restart = restart_kind::transient, .significant = true}),
         tells(d, "c", {.restart = restart_kind::temporary, .significant = true})},
        {.strategy = one_for_one, .auto_shutdown = all_significant});
    auto ref = co_await watch(shop);
    const pid b = co_await until(d, "b started");
    end(b, exit_reason::normal());
    co_await until_children(shop, ":c running, :b stopped, :a running");
    const pid c = co_await until(d, "c started");
    end(c, exit_reason::normal());
    const exit_reason why = co_await end_of(ref);
    CHECK(why.is("shutdown"));
    CHECK(d->text(3) == "b stopped, c stopped, a stopped");
  });
}

TEST_CASE("S36 a significant child is not permanent, and needs an auto_shutdown") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto d = write_diary();
    const std::string permanent = "{:bad_combination, [restart: :permanent, significant: true]}";
    for (auto kind : {std::optional<restart_kind>(), std::optional(restart_kind::permanent)}) {
      auto refused = co_await supervisor::try_start_link(
          {tells(d, "a", {.restart = kind, .significant = true})},
          {.strategy = one_for_one, .auto_shutdown = any_significant});
      CHECK(inspect(refused.reason()) == "{:start_spec, " + permanent + "}");
    }
    const std::string never = "{:bad_combination, [auto_shutdown: :never, significant: true]}";
    auto spec = tells(d, "a", {.restart = restart_kind::transient, .significant = true});
    auto refused = co_await supervisor::try_start_link({spec}, alone);
    CHECK(inspect(refused.reason()) == "{:start_spec, " + never + "}");
    auto shop = co_await supervisor::start_link({}, alone);
    auto child = co_await shop.start_child(spec);
    CHECK(inspect(child.reason()) == never);
    CHECK(d->text() == "");
    co_await stop(shop);
  });
}

TEST_CASE("S37 a significant child that the supervisor stops does not end it") {
  for (restart_strategy strategy : {one_for_one, one_for_all}) {
    sim::in_all_worlds([strategy]() -> task<> {
      auto d = write_diary();
      auto shop = co_await supervisor::start_link(
          {tells(d, "a"), tells(d, "b", {.restart = restart_kind::transient, .significant = true}),
           tells(d, "c", {.restart = restart_kind::temporary, .significant = true})},
          {.strategy = strategy, .auto_shutdown = any_significant});
      if (strategy == one_for_one) {
        for (const char* name : {"b", "c"}) {
          auto stopped = co_await shop.terminate_child(term(atom(name)));
          CHECK(stopped.ok());
        }
        co_await until_children(shop, ":b stopped, :a running");
      } else {
        // As a bystander.
        const pid a = co_await until(d, "a started");
        crash(a);
        co_await until(d, "b started", 2);
        co_await until_children(shop, ":b running, :a running");
      }
      co_await stop(shop);
    });
  }
}

TEST_CASE("S39 stop waits for the end; its reason is normal unless another is given") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto d = write_diary();
    auto first = co_await supervisor::start_link({tells(d, "a")}, alone);
    co_await stop(first);
    CHECK(!alive(first.process()));
    CHECK(d->text() == "a started, a stopped");
    auto exit = co_await receive<exit_message>();
    CHECK(exit.reason.is_normal());
    auto second = co_await supervisor::start_link({}, alone);
    co_await stop(second, exit_reason(atom("closing")));
    auto other = co_await receive<exit_message>();
    CHECK(other.reason.is("closing"));
  });
}

TEST_CASE("S39 any field of a child_spec can be set, also of one that is there") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto spec = child_spec<teller>({.name = "ada",
                                    .id = "a",
                                    .restart = restart_kind::transient,
                                    .shutdown = 2s,
                                    .type = child_type::supervisor,
                                    .significant = true,
                                    .backoff = restart_backoff{.first = 5ms}},
                                   d, std::string("a"), std::make_shared<script>());
    const std::string shown = inspect(to_term(spec));
    CHECK(
        shown.starts_with("%{backoff: %{first: 5, jitter: 0.1, max: 10000}, id: :a, restart: "
                          ":transient, shutdown: 2000, significant: true, start: {Teller, "
                          ":start_link, ["));
    CHECK(shown.ends_with("]}, type: :supervisor}"));
    spec.id = tuple(atom("shelf"), 7);
    spec.restart = restart_kind::temporary;
    spec.shutdown = brutal_kill;
    spec.type = child_type::worker;
    spec.significant = false;
    spec.backoff.reset();
    // A server without arguments, one with arguments, a module, a listed supervisor, a process.
    auto shop = co_await supervisor::start_link(
        {spec, child_spec<teller>({.id = "b"}, d, std::string("b"), std::make_shared<script>()),
         child_spec<shop_module>(d, 2),
         supervisor::spec({}, {.strategy = one_for_one, .name = "s"}),
         child_process(
             "p", [](int) -> task<> { co_await receive<int>(); }, 1)},
        alone);
    auto rows = co_await shop.which_children();
    CHECK(states(rows) ==
          ":p running, :s running, ShopModule running, :b running, {:shelf, 7} running");
    CHECK(whereis("ada") == rows[4].process);
    CHECK(whereis("s") == rows[1].process);
    CHECK(rows[2].type == child_type::supervisor);
    CHECK(d->text() == "a started, b started, init, 1 started, 2 started");
    co_await stop(shop);
  });
}

TEST_CASE("supervisors in supervisors: one that gives up is started again by the one above") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await supervisor::start_link(
        {supervisor::spec({tells(d, "a"), tells(d, "b")},
                          {.strategy = one_for_one, .max_restarts = 0, .name = "inner"})},
        alone);
    const pid inner = whereis("inner");
    const pid a = co_await until(d, "a started");
    crash(a);
    co_await until(d, "b started", 2);
    CHECK(d->text(2) == "a stopped, b stopped, a started, b started");
    co_await until_children(shop, ":inner running");
    CHECK(whereis("inner") != inner);
    co_await stop(shop);
  });
}
