// SPDX-License-Identifier: Apache-2.0
// How long a round trip between two actors takes beside four that compute all the time: in handlers
// that never return, and in steps that send themselves a message.
#include <atomic>
#include <thread>

#include "latency.hpp"
#include "peer.hpp"

namespace peer {
namespace {

using go_on = caf::atom_constant<caf::atom("go_on")>;
using ping = caf::atom_constant<caf::atom("ping")>;
using pong = caf::atom_constant<caf::atom("pong")>;
using done = caf::atom_constant<caf::atom("done")>;

constexpr int loops = 4;
constexpr int steps = 500;
constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t onset_ms = 500;
// Somebody who has not been heard of for so long after the measurement's end starves.
constexpr std::int64_t patience_ms = 2000;

std::uint32_t compute(std::uint32_t x) {
  for (int i = 0; i < steps; ++i) x = (x * 1664525u + 1013904223u) ^ (x >> 16);
  return x;
}

struct loop_state {
  std::atomic<bool> stop{false};
  std::atomic<std::int64_t> pieces{0};
  std::atomic<std::int64_t> ended{0};
  std::atomic<std::uint32_t> kept{0};  // so that the work can't be left out

  void end(std::uint32_t x, std::int64_t count) {
    kept.fetch_xor(x);
    pieces.fetch_add(count);
    ended.fetch_add(1);
  }
};

void endless_loop(caf::event_based_actor*, loop_state* state) {
  std::uint32_t x = 1;
  std::int64_t count = 0;
  for (; !state->stop.load(std::memory_order_relaxed); ++count) x = compute(x);
  state->end(x, count);
}

struct piece {
  std::uint32_t x = 1;
  std::int64_t count = 0;
};

caf::behavior yielding_loop(caf::stateful_actor<piece>* self, loop_state* state) {
  self->send(self, go_on::value);
  return {[=](go_on) {
    auto& mine = self->state;
    if (state->stop.load(std::memory_order_relaxed)) {
      state->end(mine.x, mine.count);
      return self->quit();
    }
    mine.x = compute(mine.x);
    ++mine.count;
    self->send(self, go_on::value);
  }};
}

struct pinger_state {
  time_weighted first, later;
  std::int64_t number = 0;
  std::int64_t start = 0;
  std::int64_t before = 0;
};

using pinger = caf::stateful_actor<pinger_state>;

caf::behavior measure(pinger* self, const caf::actor& peer, const caf::actor& parent,
                      std::int64_t length_ms, pinger_state* into) {
  auto& state = self->state;
  state.start = state.before = clock_ns();
  self->send(peer, ping::value, ++state.number);
  return {[=](pong, std::int64_t number) {
    auto& mine = self->state;
    if (number != mine.number) expect("round trip", number, mine.number);
    const auto now = clock_ns();
    const bool is_first = mine.before < mine.start + onset_ms * ms;
    (is_first ? mine.first : mine.later).add(now - mine.before);
    mine.before = now;
    if (now < mine.start + (onset_ms + length_ms) * ms)
      return self->send(peer, ping::value, ++mine.number);
    *into = std::move(mine);
    self->send(parent, done::value);
    self->quit();
  }};
}

caf::behavior echo(caf::event_based_actor*) {
  return {[](ping, std::int64_t number) { return caf::make_message(pong::value, number); }};
}

template <class Loop>
result beside(caf::actor_system& system, Loop loop, std::int64_t length_ms) {
  caf::scoped_actor self{system};
  loop_state state;
  pinger_state seen;
  const auto peer = self->spawn(echo);
  const stopwatch watch;
  for (int i = 0; i < loops; ++i) self->spawn(loop, &state);
  const auto me = caf::actor_cast<caf::actor>(self);
  const auto measuring = self->spawn(measure, peer, me, length_ms, &seen);
  const std::chrono::milliseconds limit(onset_ms + length_ms + patience_ms);
  bool starved = false;
  self->receive([](done) {}, caf::after(limit) >> [&] { starved = true; });
  const auto took = watch.read();
  state.stop.store(true);
  if (starved) self->receive([](done) {});
  while (state.ended.load() < loops) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  result r{took, seen.later.percentile(0.99), "seconds",
           expect("loops that ended", state.ended.load(), loops)};
  if (starved) r.starved = took.seconds;
  r.details = {{"worst", seen.later.worst()},
               {"onset", seen.first.worst()},
               {"trips", static_cast<double>(seen.later.count()) / seen.later.total()},
               {"pieces", static_cast<double>(state.pieces.load()) / took.seconds}};
  return r;
}

}  // namespace

result beside_endless_loops(caf::actor_system& system, std::int64_t n) {
  return beside(system, endless_loop, n);
}

result beside_yielding_loops(caf::actor_system& system, std::int64_t n) {
  return beside(system, yielding_loop, n);
}

}  // namespace peer
