// SPDX-License-Identifier: Apache-2.0
//
// How fast simulated worlds are: plain messages, many short worlds, and time that is skipped.
#include <cstdio>

#include "beamish/runtime/world.hpp"
#include "tests/sim/help.hpp"

namespace {

constexpr int members = 8;

task<> member() {
  const pid next = co_await receive<pid>();
  for (;;) {
    const int left = co_await receive<int>();
    send(next, left - 1);
    if (left <= 0) co_return;
  }
}

// Two tokens on a ring: nothing but messages.
task<> messages(int hops) {
  std::vector<monitored> ring;
  for (int i = 0; i < members; ++i) ring.push_back(spawn_monitor(member));
  for (int i = 0; i < members; ++i) send(ring[i].process, ring[(i + 1) % members].process);
  send(ring[0].process, hops);
  send(ring[members / 2].process, hops);
  co_await help::down_of(ring[0].id);
  for (const monitored& m : ring) beamish::exit(m.process, exit_reason::kill());
}

// Processes that do little but wait.
task<> waiting() {
  std::vector<monitored> all;
  for (int i = 0; i < 10; ++i) {
    all.push_back(spawn_monitor([]() -> task<> {
      for (int n = 0; n < 1'000; ++n) {
        co_await receive<int>(1s);
        co_await beamish::sleep(100ms);
      }
    }));
  }
  for (const monitored& m : all) co_await help::down_of(m.id);
}

struct measured {
  double steps = 0, virtual_seconds = 0, seconds = 0;
};

template <class Body>
measured measure(Body body, std::uint64_t worlds) {
  measured m;
  const sim::launcher launch = sim::launcher_of(body);
  sim::trial_options o;
  o.leftovers = true;
  o.max_steps = ~std::uint64_t{0};
  const std::int64_t begin = detail::real_now();
  for (std::uint64_t seed = 1; seed <= worlds; ++seed) {
    const sim::verdict v = sim::run_in_simulation(launch, o, seed);
    m.steps += static_cast<double>(v.steps);
    m.virtual_seconds += static_cast<double>(v.elapsed.count()) / 1e9;
  }
  m.seconds = static_cast<double>(detail::real_now() - begin) / 1e9;
  return m;
}

}  // namespace

int print_speed() {
  const measured traffic = measure([] { return messages(100'000); }, 4);
  const measured worlds = measure([] { return messages(5); }, 20'000);
  const measured time = measure(waiting, 10);
  std::printf(
      "speed: %.2f M steps per second and core of plain messages, %.0f k worlds of %.0f "
      "steps per second, %.0f times faster than time where it only passes\n",
      traffic.steps / traffic.seconds / 1e6, 20.0 / worlds.seconds, worlds.steps / 20'000,
      time.virtual_seconds / time.seconds);
  return 0;
}
