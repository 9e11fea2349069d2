// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/dynamic_supervisor.hpp"

#include "beamish/otp/supervisor_cases.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace beamish::cases;
using namespace std::chrono_literals;

namespace {

const exit_reason expected[] = {exit_reason::normal(), exit_reason::shutdown(),
                                exit_reason::shutdown(atom("done"))};

// A server whose first argument is its supervisor's.
struct room : gen_server<room> {
  struct where {
    using reply = std::string;
  };
  struct end {};
  using messages = accepts<where, end>;
  shared_diary says;
  std::string house;
  int number = 0;
  void init(shared_diary d, std::string h, int n) {
    says = std::move(d);
    house = std::move(h);
    number = n;
    says->note(place() + " opens");
  }
  std::string place() const { return house + " " + std::to_string(number); }
  std::string handle_call(where&) { return place(); }
  outcome handle_cast(end&) { return stop(term(atom("fire"))); }
};

}  // namespace

TEST_CASE("D1 it starts with no children; ids don't matter, and are undefined") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await dynamic_supervisor::start_link();
    auto none = co_await shop.which_children();
    CHECK(none.empty());
    auto first = co_await shop.start_child(tells(d, "same"));
    auto second = co_await shop.start_child(tells(d, "same", {.type = child_type::supervisor}));
    auto rows = co_await shop.which_children();
    REQUIRE(rows.size() == 2);
    CHECK(inspect(to_term(rows[1])) ==
          "{:undefined, " + inspect(term(*first)) + ", :worker, [Teller]}");
    CHECK(inspect(to_term(rows[0])) ==
          "{:undefined, " + inspect(term(*second)) + ", :supervisor, [Teller]}");
    auto counts = co_await shop.count_children();
    CHECK(inspect(to_term(counts)) == "%{active: 2, specs: 2, supervisors: 1, workers: 1}");
    co_await stop(shop);
  });
}

TEST_CASE("D1 one_for_one: only the child that failed starts again") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await dynamic_supervisor::start_link();
    auto a = co_await shop.start_child(tells(d, "a"));
    auto b = co_await shop.start_child(tells(d, "b"));
    crash(*a);
    const pid again = co_await until(d, "a started", 2);
    auto rows = co_await shop.which_children();
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].process == *b);
    CHECK(rows[1].process == again);
    co_await stop(shop);
  });
}

TEST_CASE("D2 max_children: no more than that, and those that restart count") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await dynamic_supervisor::start_link(
        {.max_restarts = no_restart_limit, .max_children = 1});
    auto plan = failing(2, 1'000'000);
    auto a = co_await shop.start_child(tells(d, "a", {}, plan));
    auto full = co_await shop.start_child(tells(d, "b"));
    CHECK(full.reason().is("max_children"));
    crash(*a);
    co_await until(d, "a failed");
    auto still = co_await shop.start_child(tells(d, "b"));
    CHECK(still.reason().is("max_children"));
    plan->fails_to = 0;
    const pid again = co_await until(d, "a started", 2);
    co_await until_children(shop, ":undefined running");
    auto gone = co_await shop.terminate_child(again);
    CHECK(gone.ok());
    auto room_now = co_await shop.start_child(tells(d, "b"));
    CHECK(room_now.ok());
    CHECK(d->count("b started") == 1);
    co_await stop(shop);
    auto none = co_await dynamic_supervisor::start_link({.max_children = 0});
    auto refused = co_await none.start_child(tells(d, "b"));
    CHECK(refused.reason().is("max_children"));
    co_await stop(none);
  });
}

TEST_CASE("D3 extra arguments come before those of each child, also when it starts again") {
  sim::in_all_worlds([]() -> task<> {
    using houses = dynamic_supervisor_with<shared_diary, std::string>;
    auto d = write_diary();
    auto house = co_await houses::start_link({.name = "house"}, d, "North");
    auto seven = co_await house.start_child(house.child<room>(7));
    auto eight = co_await houses::named("house").start_child(houses::child<room>({.id = "x"}, 8));
    auto where = co_await call<room::where>(*eight);
    CHECK(where == "North 8");
    cast<room::end>(*seven);
    co_await until(d, "North 7 opens", 2);
    // A child that doesn't ask for them starts without.
    auto plain = co_await house.start_child(tells(d, "a"));
    CHECK(plain.ok());
    co_await stop(house);
  });
}

TEST_CASE("D3 a child that needs extra arguments is refused by a supervisor that has others") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto spec = dynamic_supervisor_with<shared_diary, std::string>::child<room>(7);
    auto plain = co_await dynamic_supervisor::start_link();
    auto refused = co_await plain.start_child(spec);
    CHECK(inspect(refused.reason()).starts_with("{:invalid_extra_arguments, "));
    auto other = co_await dynamic_supervisor_with<int>::start_link({}, 1);
    auto refused_again = co_await other.start_child(spec);
    CHECK(inspect(refused_again.reason()).starts_with("{:invalid_extra_arguments, "));
    auto listed = co_await supervisor::start_link({}, {.strategy = one_for_one});
    auto refused_there = co_await listed.start_child(spec);
    CHECK(inspect(refused_there.reason()).starts_with("{:invalid_extra_arguments, "));
    CHECK(d->text() == "");
    co_await stop(listed);
    co_await stop(other);
    co_await stop(plain);
  });
}

TEST_CASE("D4 start_child gives what the start gives; a throw or exit in it is an error") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await dynamic_supervisor::start_link();
    auto good = co_await shop.start_child(tells(d, "a"));
    CHECK(inspect(to_term(good)) == "{:ok, " + inspect(term(*good)) + "}");
    auto extra = co_await shop.start_child(child_started_by("b", [] {
      return child_result::started(spawn_link([]() -> task<> { co_await receive<int>(); }), 7);
    }));
    CHECK(inspect(to_term(extra)) == "{:ok, " + inspect(term(*extra)) + ", 7}");
    auto none = co_await shop.start_child(tells(d, "c", {}, ignoring(1, 1)));
    CHECK(inspect(to_term(none)) == ":ignore");
    auto failed = co_await shop.start_child(tells(d, "d", {}, failing(1, 1)));
    CHECK(inspect(to_term(failed)) == "{:error, :no_shelf}");
    auto threw = co_await shop.start_child(
        child_started_by("e", []() -> child_result { throw std::runtime_error("oops"); }));
    REQUIRE(threw.reason().exception() != nullptr);
    CHECK(threw.reason().exception()->what == "oops");
    auto left = co_await shop.start_child(child_started_by("f", []() -> task<child_result> {
      exit(term(atom("gone")));
      co_return child_result::ignored();
    }));
    CHECK(inspect(to_term(left)) == "{:error, :gone}");
    auto rows = co_await shop.which_children();
    CHECK(rows.size() == 2);
    co_await stop(shop);
  });
}

TEST_CASE("D5 terminate_child by pid: ok or not_found, and also of a child that restarts") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await dynamic_supervisor::start_link({.max_restarts = no_restart_limit});
    auto a = co_await shop.start_child(tells(d, "a"));
    auto stopped = co_await shop.terminate_child(*a);
    CHECK(stopped.ok());
    CHECK(!alive(*a));
    auto again = co_await shop.terminate_child(*a);
    CHECK(again.reason().is("not_found"));
    auto stranger = co_await shop.terminate_child(self());
    CHECK(stranger.reason().is("not_found"));
    auto plan = failing(2, 1'000'000);
    auto b = co_await shop.start_child(tells(d, "b", {}, plan));
    crash(*b);
    co_await until(d, "b failed");
    co_await until_children(shop, ":undefined restarting");
    auto restarting = co_await shop.terminate_child(*b);
    CHECK(restarting.ok());
    auto rows = co_await shop.which_children();
    CHECK(rows.empty());
    const int tries = plan->starts;
    for (int i = 0; i < 5; ++i) co_await shop.count_children();
    CHECK(plan->starts == tries);
    co_await stop(shop);
  });
}

TEST_CASE("D6 permanent, transient and temporary children start again by the same rules") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await dynamic_supervisor::start_link({.max_restarts = 10});
    // permanent: whatever the reason
    auto a = co_await shop.start_child(tells(d, "a"));
    end(*a, expected[0]);
    int nth = 2;
    for (const exit_reason& why : {expected[1], expected[2], exit_reason(atom("fire"))}) {
      const pid again = co_await until(d, "a started", nth++);
      end(again, why);
    }
    const pid last = co_await until(d, "a started", nth);
    auto stopped = co_await shop.terminate_child(last);
    CHECK(stopped.ok());
    // transient: only if it was not expected
    for (const exit_reason& why : expected) {
      auto b = co_await shop.start_child(tells(d, "b", {.restart = restart_kind::transient}));
      end(*b, why);
      co_await until_children(shop, "");
    }
    CHECK(d->count("b started") == 3);
    auto b = co_await shop.start_child(tells(d, "b", {.restart = restart_kind::transient}));
    crash(*b);
    const pid restarted = co_await until(d, "b started", 5);
    end(restarted, expected[0]);
    co_await until_children(shop, "");
    // temporary: never
    for (const exit_reason& why : {expected[0], exit_reason(atom("fire"))}) {
      auto c = co_await shop.start_child(tells(d, "c", {.restart = restart_kind::temporary}));
      end(*c, why);
      co_await until_children(shop, "");
    }
    CHECK(d->count("c started") == 2);
    co_await stop(shop);
  });
}

TEST_CASE("D6 a restart that ignores forgets the child; one that fails is tried again") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await dynamic_supervisor::start_link({.max_restarts = 4});
    auto a = co_await shop.start_child(tells(d, "a", {}, ignoring(2, 2)));
    crash(*a);
    co_await until(d, "a ignored");
    co_await until_children(shop, "");
    auto b = co_await shop.start_child(tells(d, "b", {}, failing(2, 3)));
    crash(*b);
    co_await until(d, "b started", 2);
    CHECK(d->text(4) == "b stopped, b failed, b failed, b started");
    co_await stop(shop);
  });
}

TEST_CASE("D7 too many restarts end it with shutdown, and its children with it") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto d = write_diary();
    auto shop = co_await dynamic_supervisor::start_link({.max_restarts = 1});
    auto ref = co_await watch(shop);
    auto a = co_await shop.start_child(tells(d, "a"));
    auto b = co_await shop.start_child(tells(d, "b"));
    crash(*a);
    const pid again = co_await until(d, "a started", 2);
    crash(again);
    const exit_reason why = co_await end_of(ref);
    CHECK(why.is("shutdown"));
    CHECK(d->text(2) == "a stopped, a started, a stopped, b stopped");
    CHECK(!alive(*b));
  });
}

TEST_CASE("D7 a start that always fails counts at each try") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto d = write_diary();
    auto shop = co_await dynamic_supervisor::start_link({.max_restarts = 3});
    auto ref = co_await watch(shop);
    auto a = co_await shop.start_child(tells(d, "a", {}, failing(2, 1'000'000)));
    crash(*a);
    const exit_reason why = co_await end_of(ref);
    CHECK(why.is("shutdown"));
    CHECK(d->text(1) == "a stopped, a failed, a failed, a failed");
  });
}

TEST_CASE("D8 when it stops all children are told at once, and awaited together") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto d = write_diary();
    auto shop = co_await dynamic_supervisor::start_link();
    auto a = co_await shop.start_child(tells(d, "a", {}, lingering()));
    auto b = co_await shop.start_child(tells(d, "b", {}, lingering()));
    auto c = co_await shop.start_child(tells(d, "c", {.shutdown = brutal_kill}));
    auto ref = co_await watch(shop);
    exit(shop.process(), exit_reason::shutdown());
    // Both are told before either has ended.
    co_await until(d, "a lingers");
    co_await until(d, "b lingers");
    CHECK(d->count("a stopped") + d->count("b stopped") == 0);
    send(*a, atom("go"));
    send(*b, atom("go"));
    const exit_reason why = co_await end_of(ref);
    CHECK(why.is("shutdown"));
    CHECK(d->count("a stopped") == 1);
    CHECK(d->count("b stopped") == 1);
    CHECK(d->count("c stopped") == 0);
    for (const pid p : {*a, *b, *c}) CHECK(!alive(p));
  });
}

TEST_CASE("D8 each child has its own time to stop, all from the same moment") {
  sim::in_simulation([](sim::world& place) -> task<> {
    trap_exits(true);
    auto d = write_diary();
    auto shop = co_await dynamic_supervisor::start_link({.name = "shop"});
    std::vector<reference> refs;
    for (auto limit : {300ms, 100ms, 200ms}) {
      auto child = co_await shop.start_child(tells(d, "a", {.shutdown = limit}, lingering()));
      auto ref = co_await watch(*child);
      refs.push_back(ref);
    }
    auto patient = co_await shop.start_child(tells(d, "b", {.shutdown = infinity}, lingering()));
    auto ref = co_await watch(shop);
    const auto before = now();
    exit(shop.process(), exit_reason::shutdown());
    std::vector<std::chrono::milliseconds> times;
    for (int nth : {1, 2, 0}) {
      const exit_reason why = co_await end_of(refs[nth]);
      CHECK(why.is("killed"));
      times.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(now() - before));
    }
    CHECK(times == std::vector<std::chrono::milliseconds>{100ms, 200ms, 300ms});
    CHECK(logged(place.log(),
                 "has been stopping for 50 ms; it is killed in 50 ms; so have 3 others"));
    co_await sleep(1h);
    CHECK(alive(shop.process()));
    send(*patient, atom("go"));
    const exit_reason why = co_await end_of(ref);
    CHECK(why.is("shutdown"));
    CHECK(logged(place.log(), "(\"shop\"): 3 children were stopped", ":killed"));
  });
}

TEST_CASE("D8 children that unlinked themselves, or died meanwhile, are no hindrance") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto shop = co_await dynamic_supervisor::start_link();
    std::vector<pid> children;
    for (int i = 1; i <= 4; ++i) {
      auto child = co_await shop.start_child(tells(d, "a", {.restart = restart_kind::temporary}));
      children.push_back(*child);
    }
    cast<teller::leave>(children[0]);
    cast<teller::leave>(children[1]);
    co_await until(d, "a left", 2);
    co_await stop(children[1]);
    crash(children[2]);
    co_await stop(shop);
    for (const pid p : children) CHECK(!alive(p));
  });
}

TEST_CASE("D9 a spec that can't be meant is refused in the caller: no supervisor is asked") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    const dynamic_supervisor nobody = dynamic_supervisor::named("nobody");
    auto limit =
        co_await nobody.start_child(tells(d, "a", {.shutdown = shutdown_limit::after(-5ms)}));
    CHECK(inspect(limit.reason()) == "{:invalid_shutdown, -5}");
    auto backoff =
        co_await nobody.start_child(tells(d, "a", {.backoff = restart_backoff{.jitter = -1}}));
    CHECK(inspect(backoff.reason()) ==
          "{:invalid_backoff, %{first: 100, jitter: -1.0, max: 10000}}");
    auto asked = co_await attempt(nobody.start_child(tells(d, "a")));
    CHECK(asked.reason().value().elements()[0] == term(atom("noproc")));
  });
}

TEST_CASE("D10 options that can't be meant are refused; no child is significant") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    auto children = co_await dynamic_supervisor::try_start_link({.max_children = -1});
    CHECK(inspect(children.reason()) == "{:supervisor_data, {:invalid_max_children, -1}}");
    auto restarts = co_await dynamic_supervisor::try_start_link({.max_restarts = -1});
    CHECK(inspect(restarts.reason()) == "{:supervisor_data, {:invalid_intensity, -1}}");
    auto seconds = co_await dynamic_supervisor::try_start_link({.max_seconds = -1s});
    CHECK(inspect(seconds.reason()) == "{:supervisor_data, {:invalid_period, -1}}");
    auto d = write_diary();
    auto shop = co_await dynamic_supervisor::start_link();
    auto significant = co_await shop.start_child(
        tells(d, "a", {.restart = restart_kind::transient, .significant = true}));
    CHECK(inspect(significant.reason()) ==
          "{:bad_combination, [auto_shutdown: :never, significant: true]}");
    co_await stop(shop);
  });
}

TEST_CASE("a dynamic supervisor has a name, a state, and its place under a supervisor") {
  sim::in_all_worlds([]() -> task<> {
    auto d = write_diary();
    auto above = co_await supervisor::start_link(
        {dynamic_supervisor::spec({.max_children = 3, .name = "shop"})}, {.strategy = one_for_one});
    auto shop = dynamic_supervisor::named("shop");
    auto a = co_await shop.start_child(tells(d, "a"));
    CHECK(a.ok());
    const term state = co_await sys::get_state("shop");
    CHECK(inspect(state) ==
          "%DynamicSupervisor{max_restarts: 3, restarts: 0, max_children: 3, children: 1}");
    auto rows = co_await above.which_children();
    CHECK(states(rows) == ":shop running");
    CHECK(rows[0].type == child_type::supervisor);
    co_await stop(above);
    CHECK(d->text() == "a started, a stopped");
  });
}
