// SPDX-License-Identifier: Apache-2.0
// A million delayed messages that all come due within one second, and how late they come.
#include "latency.hpp"
#include "peer.hpp"

namespace peer {
namespace {

using arm = caf::atom_constant<caf::atom("arm")>;
using due = caf::atom_constant<caf::atom("due")>;

// When the first may come due: by then all are armed, which takes longer than elsewhere.
constexpr std::int64_t lead_ms = 5000;
constexpr std::int64_t ms = 1'000'000;

struct owner_state {
  std::vector<std::int64_t> late;
  std::int64_t sum = 0;
  double armed = 0;
  stopwatch watch;
};

using owner = caf::stateful_actor<owner_state>;

void arm_all(owner* self, std::int64_t n) {
  const auto start = clock_ns();
  for (std::int64_t i = 0; i < n; ++i) {
    const auto now = clock_ns();
    const auto delay = lead_ms + i * 7919 % 1000 - (now - start) / ms;
    self->delayed_send(self, std::chrono::milliseconds(delay), due::value, i, now + delay * ms);
  }
}

result report(owner_state& state, std::int64_t n) {
  const auto took = state.watch.read();
  auto checked = expect("sum of timers", state.sum, n * (n - 1) / 2);
  const auto at = [&](double p) { return static_cast<double>(percentile(state.late, p)) / 1e9; };
  result r{took, at(0.99), "seconds", std::move(checked)};
  r.details = {
      {"p50", at(0.5)}, {"max", at(1)}, {"cpu", took.cpu_seconds}, {"arming", state.armed}};
  return r;
}

caf::behavior keep(owner* self, const caf::actor& parent, std::int64_t n, result* into) {
  self->state.late.reserve(static_cast<std::size_t>(n));
  return {
      [=](arm) {
        self->state.watch = stopwatch();
        arm_all(self, n);
        self->state.armed = self->state.watch.read().seconds;
      },
      [=](due, std::int64_t index, std::int64_t at) {
        auto& state = self->state;
        const auto late = clock_ns() - at;
        if (late < 0) expect("early timers", 1, 0);
        state.late.push_back(late);
        state.sum += index;
        if (state.late.size() < static_cast<std::size_t>(n)) return;
        *into = report(state, n);
        self->send(parent, arm::value);
      },
  };
}

}  // namespace

result timers(caf::actor_system& system, std::int64_t n) {
  caf::scoped_actor self{system};
  result r;
  const auto all = self->spawn(keep, caf::actor_cast<caf::actor>(self), n, &r);
  self->send(all, arm::value);
  self->receive([](arm) {});
  return r;
}

}  // namespace peer
