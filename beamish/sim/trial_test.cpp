// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/trial.hpp"

#include <doctest/doctest.h>

#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

task<> wait_for_ever() { co_await receive<int>(); }

std::string complaints(const sim::verdict& v) {
  std::string all;
  for (const std::string& line : v.complaints) all += line + "\n";
  return all;
}

template <class Body>
std::string complaints_of(Body body, const sim::trial_options& o = {}) {
  return complaints(sim::run_in_real_world(sim::launcher_of(body), o));
}

}  // namespace

TEST_CASE("a body that ends well gives no complaint") {
  CHECK(complaints_of([]() -> task<> {
          send(self(), 42);
          int got = co_await receive<int>();
          CHECK(got == 42);
        }) == "");
}

TEST_CASE("a body that ends with another reason is a complaint, unless it is expected") {
  const auto body = []() -> task<> {
    co_await beamish::sleep(1ms);
    beamish::exit(term(atom("broken")));
  };
  CHECK(complaints_of(body) == "the body's process ended with reason :broken instead of :normal\n");
  CHECK(complaints_of(body, {.ends = exit_reason(atom("broken"))}) == "");
}

TEST_CASE("a body that never ends is a complaint") {
  CHECK(complaints_of(wait_for_ever, {.deadline = 0s}).find("did not end within") !=
        std::string::npos);
}

TEST_CASE("the log of all nodes is kept") {
  const auto v =
      sim::run_in_real_world(sim::launcher_of([](sim::world& s) {
                               log(log_level::info, "one");
                               s.node("b@sim").spawn([] { log(log_level::info, "two"); });
                             }),
                             {});
  CHECK(complaints(v) == "");
  REQUIRE(v.log.size() == 2);
  CHECK((v.log[0].text == "one" || v.log[0].text == "two"));
}

namespace {
template <class Body>
std::string complaints_in(std::uint64_t seed, Body body, const sim::trial_options& o = {}) {
  return complaints(sim::run_in_simulation(sim::launcher_of(body), o, seed));
}
}  // namespace

TEST_CASE("a simulated trial complains about the same things") {
  CHECK(complaints_in(1, []() -> task<> { co_await beamish::sleep(1h); }) == "");
  CHECK(complaints_in(1, [] { beamish::exit(term(atom("broken"))); }) ==
        "the body's process ended with reason :broken instead of :normal\n");
  const std::string waits = complaints_in(1, wait_for_ever);
  CHECK(waits.find("the body's process waits for ever: nothing can happen any more\np1 (") == 0);
  CHECK(waits.find(") waits for int\n") != std::string::npos);
  const auto endless = []() -> task<> {
    for (;;) co_await beamish::sleep(1ms);
  };
  const std::string no_end = complaints_in(1, endless, {.max_steps = 100});
  CHECK(no_end.find("no end in sight after 100 steps\np1 (") == 0);
  CHECK(no_end.find(") waits for time to pass\n") != std::string::npos);
}

TEST_CASE("what a body leaves behind is a complaint, in both worlds, unless it is allowed") {
  const auto body = [](sim::world& s) {
    register_name("left", spawn(wait_for_ever));
    s.node("b@sim").spawn(wait_for_ever);
    send_after(24h, "left", 1);
  };
  const std::string said = complaints_in(1, body);
  CHECK(said.find("left on node 'a@sim'") != std::string::npos);
  CHECK(said.find("left on node 'b@sim'") != std::string::npos);
  CHECK(said.find("name 'left'") != std::string::npos);
  CHECK(said.find("1 timers") != std::string::npos);
  CHECK(complaints_in(1, body, {.leftovers = true}) == "");
  CHECK(complaints_of(body, {.leftovers = true}) == "");
}

TEST_CASE("processes that are just dying when the body ends are no leftovers") {
  const auto body = [] {
    for (int i = 0; i < 20; ++i) {
      const pid p = spawn(wait_for_ever);
      beamish::exit(p, exit_reason::kill());
    }
  };
  CHECK(complaints_in(1, body) == "");
  CHECK(complaints_of(body) == "");
}

TEST_CASE("a world knows its world, and can stop a node") {
  const auto body = [](sim::world& s) -> task<> {
    CHECK((s.seed() != 0) == s.simulated());
    const pid far = s.node("b@sim").spawn(wait_for_ever);
    const reference id = monitor(far);
    s.stop("b@sim");
    down_message down = co_await receive<down_message>();
    CHECK(down.id == id);
    CHECK(!alive(far));
    CHECK(s.node("b@sim").statistics().processes == 0);
  };
  for (std::uint64_t seed = 1; seed <= 20; ++seed) CHECK(complaints_in(seed, body) == "");
  CHECK(complaints_of(body) == "");
}

TEST_CASE("no fault touches the body's own process") {
  const auto busy = [](sim::world&) -> task<> {
    for (int i = 0; i < 20; ++i) co_await beamish::sleep(1ms);
  };
  sim::trial_options o;
  o.faults.kill_processes(0.5).fail_allocations(0.5);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const sim::verdict v = sim::run_in_simulation(sim::launcher_of(busy), o, seed);
    CHECK(complaints(v) == "");
    CHECK(v.faults == sim::fault_counts{});
  }
}
