// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/world.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <stdexcept>

#include "beamish/runtime/clock.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

template <class Body>
sim::verdict simulated(Body body, std::uint64_t seed = 1, const sim::trial_options& o = {}) {
  return sim::run_in_simulation(sim::launcher_of(body), o, seed);
}
template <class Body>
sim::verdict for_real(Body body, const sim::trial_options& o = {}) {
  return sim::run_in_real_world(sim::launcher_of(body), o);
}

void check_failure(const sim::verdict& v, sim::failure_kind kind, const std::string& text) {
  CHECK(v.kind == kind);
  CHECK(v.text() == text);
}

}  // namespace

TEST_CASE("an invariant that is broken for one step only ends a simulated run") {
  const auto body = [](sim::world& w) -> task<> {
    int value = 0;
    auto kept = w.always("value is even", [&] { return value % 2 == 0; });
    value = 1;
    co_await beamish::sleep(1ms);
    value = 2;
    co_await beamish::sleep(1h);
  };
  const auto v = simulated(body);
  check_failure(v, sim::failure_kind::invariant, "value is even\n");
  CHECK(v.elapsed < 1ms);
}

TEST_CASE("an invariant that is broken for long is noticed on real threads, too") {
  check_failure(for_real([](sim::world& w) -> task<> {
                  std::atomic<bool> well = true;
                  auto kept = w.always("all is well", [&] { return well.load(); });
                  well = false;
                  co_await receive<int>();
                }),
                sim::failure_kind::invariant, "all is well\n");
}

TEST_CASE("an invariant ends with its scope, and one that throws is broken") {
  const auto body = [](sim::world& w) -> task<> {
    {
      bool holds = true;
      auto kept = w.always("for a while", [&] { return holds; });
      co_await beamish::sleep(1ms);
    }
    co_await beamish::sleep(1ms);
  };
  CHECK(simulated(body).complaints.empty());
  CHECK(for_real(body).complaints.empty());
  check_failure(simulated([](sim::world& w) -> task<> {
                  auto kept = w.always("thrower", []() -> bool { throw std::runtime_error("oh"); });
                  co_await beamish::sleep(1ms);
                }),
                sim::failure_kind::invariant, "thrower (it threw: oh)\n");
}

TEST_CASE("what must come true may take its time, but no longer") {
  const auto body = [](sim::world& w) -> task<> {
    std::atomic<int> done = 0;
    for (int i = 1; i <= 3; ++i) {
      spawn([&done, i]() -> task<> {
        co_await beamish::sleep(2ms * i);
        ++done;
      });
    }
    co_await w.eventually("three are done", 10s, [&] { return done == 3; });
    CHECK(done == 3);
    co_await w.eventually("at once", 0s, [&] { return done == 3; });
  };
  sim::in_all_worlds(body);
  const auto never = [](sim::world& w) -> task<> {
    co_await w.eventually("pigs fly", 20ms, [] { return false; });
    FAIL("it came back");
  };
  check_failure(simulated(never), sim::failure_kind::liveness,
                "not within 0.020000000 s: pigs fly\n");
  check_failure(for_real(never), sim::failure_kind::liveness,
                "not within 0.020000000 s: pigs fly\n");
}

TEST_CASE("the first failure counts, and ends the run") {
  const auto v = simulated([](sim::world& w) -> task<> {
    w.require(true, "fine");
    w.require(false, "first");
    w.fail("second");
    co_await beamish::sleep(1h);
  });
  check_failure(v, sim::failure_kind::invariant, "first\n");
  CHECK(v.elapsed < 1h);
}

TEST_CASE("a body whose process dies is a crash, one that waits for ever a deadlock") {
  CHECK(simulated([] { throw std::runtime_error("oh"); }).kind == sim::failure_kind::crash);
  CHECK(simulated([]() -> task<> { co_await receive<int>(); }).kind == sim::failure_kind::deadlock);
  const auto endless = []() -> task<> {
    for (;;) co_await beamish::sleep(1ms);
  };
  CHECK(simulated(endless, 1, {.max_steps = 100}).kind == sim::failure_kind::liveness);
}

// The function that booted the first ran in a list that grew: AddressSanitizer sees it.
TEST_CASE("what boots a node may boot others") {
  const auto body = [](sim::world& w) {
    int booted = 0;
    // So small that a std::function holds it in place.
    w.boot("b@sim", [&w, &booted](beamish::node&) {
      for (const char* name : {"c@sim", "d@sim", "e@sim"}) {
        w.boot(name, [&booted](beamish::node&) { ++booted; });
      }
    });
    CHECK(booted == 3);
  };
  CHECK(simulated(body).complaints.empty());
  CHECK(for_real(body).complaints.empty());
}

TEST_CASE("a node that is shut down is asked from the top, in its time, and is gone") {
  const auto body = [](sim::world& w) -> task<> {
    std::atomic<int> ended = 0;
    std::atomic<bool> in_order = true;
    const auto wait_to_be_asked = [&](int nth, bool listens) -> task<> {
      trap_exits(true);
      const auto from_nobody = [listens](const exit_message& m) { return listens && !m.from; };
      co_await receive_if<exit_message>(from_nobody);
      in_order = in_order && ++ended == nth;
    };
    w.node("b@sim").spawn([&, test = self()]() -> task<> {
      register_name("top");
      spawn_link(wait_to_be_asked, 2, true);
      send(test, 1);
      co_await wait_to_be_asked(1, true);
    });
    co_await receive<int>();
    co_await w.shut_down("b@sim", 1h);
    w.require(in_order && ended == 2, "the top ends first");
    w.require(!w.node("b@sim").whereis("top"), "what is there now is another node");
    w.node("b@sim").spawn(wait_to_be_asked, 3, false);
    const auto begin = now();
    co_await w.shut_down("b@sim", 20ms);
    w.require(ended == 2 && now() - begin >= 20ms, "who does not listen is killed, but not before");
  };
  CHECK(simulated(body).text() == "");
  CHECK(for_real(body).text() == "");
}

TEST_CASE("a pick is below its options, differs between seeds, and is simple without choices") {
  std::set<std::uint32_t> seen;
  const auto body = [&](sim::world& w) {
    const std::uint32_t n = w.pick(5);
    CHECK(n < 5);
    seen.insert(n);
  };
  for (std::uint64_t seed = 1; seed < 60; ++seed) CHECK(simulated(body, seed).complaints.empty());
  CHECK(seen.size() == 5);
  CHECK(for_real(body).complaints.empty());
  seen.clear();
  CHECK(simulated(body, 1, {.answers = sim::script{}}).complaints.empty());
  CHECK(seen == std::set<std::uint32_t>{0});
}
