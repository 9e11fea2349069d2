// SPDX-License-Identifier: Apache-2.0
//
// Servers in simulated worlds: callbacks that fail on purpose, and circles of calls.
#include <doctest/doctest.h>

#include "beamish/beamish.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct counter : gen_server<counter> {
  struct next {
    using reply = int;
  };
  using messages = accepts<next>;
  int count = 0;
  int handle_call(next&) { return ++count; }
};

template <class Body>
sim::verdict simulated(Body body, std::uint64_t seed = 1, const sim::trial_options& o = {}) {
  return sim::run_in_simulation(sim::launcher_of(body), o, seed);
}

}  // namespace

TEST_CASE("a callback may throw on purpose: its server ends, and says why") {
  const auto body = [](sim::world& w) -> task<> {
    for (int i = 0; i < 20; ++i) {
      auto started = co_await try_start<counter>({});
      if (!started.ok()) {
        w.require(inspect(started.reason()).find("on purpose") != std::string::npos, "why");
        continue;
      }
      const pid server = (*started).process();
      auto n = co_await try_call<counter::next>(server);
      if (n)
        w.require(*n == 1, "the first number is 1");
      else
        w.require(inspect(n.reason()).find("on purpose") != std::string::npos, "why");
    }
  };
  std::uint64_t thrown = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const auto v =
        simulated(body, seed, {.leftovers = true, .faults = sim::faults().throw_in_callbacks(0.2)});
    CHECK(v.text() == "");
    thrown += v.faults[static_cast<std::size_t>(sim::fault::throw_in_callback)];
  }
  CHECK(thrown > 50);
}

namespace {

struct asker : gen_server<asker> {
  struct ask_other {
    pid other, back;
    using reply = int;
  };
  using messages = accepts<ask_other>;
  // With the `from` in its hands: otherwise it would be a cycle for certain, and end by itself.
  task<> handle_call(ask_other& m, from<ask_other> f) {
    int answer = co_await call<ask_other>(m.other, m.back, m.other);
    f.reply(answer);
  }
};

// Two servers that ask each other: each waits for a reply of the other.
task<> embrace(sim::world& w, bool watched) {
  if (watched) w.never_stuck();
  auto a = co_await start<asker>();
  auto b = co_await start<asker>();
  const pid first = a.process();
  const pid second = b.process();
  auto lost = co_await try_call<asker::ask_other>(first, second, first);
  CHECK(!lost);
}

}  // namespace

TEST_CASE("a circle of calls is a deadlock if the test says so, and ends by its timeouts if not") {
  const auto watched = simulated([](sim::world& w) { return embrace(w, true); });
  CHECK(watched.kind == sim::failure_kind::deadlock);
  CHECK(watched.text().find("p2 waits for a reply of p3 waits for a reply of p2") !=
        std::string::npos);
  CHECK(watched.elapsed == 0s);
  const auto patient = simulated([](sim::world& w) { return embrace(w, false); });
  CHECK(patient.complaints.empty());
  CHECK(patient.elapsed >= 5s);
}
