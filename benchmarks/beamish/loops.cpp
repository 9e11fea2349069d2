// SPDX-License-Identifier: Apache-2.0
// How long a round trip between two processes takes beside four that compute all the time: with
// callbacks that never return, and with loops that await.
#include <atomic>

#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/spawn.hpp"
#include "beamish/runtime/timer.hpp"
#include "latency.hpp"
#include "ours.hpp"

namespace ours {
namespace {

using beamish::pid;
using namespace std::chrono_literals;

constexpr int loops = 4;
constexpr int steps = 500;
// What happens until the spare workers run is judged by itself.
constexpr auto onset = 500ms;

struct ping {
  pid from;
  std::int64_t number;
};
struct pong {
  std::int64_t number;
};

std::uint32_t compute(std::uint32_t x) {
  for (int i = 0; i < steps; ++i) x = (x * 1664525u + 1013904223u) ^ (x >> 16);
  return x;
}

struct loop_state {
  std::atomic<bool> stop{false};
  std::atomic<std::int64_t> pieces{0};
  std::atomic<std::uint32_t> kept{0};  // so that the work can't be left out
};

void endless_loop(loop_state* state) {
  std::uint32_t x = 1;
  std::int64_t pieces = 0;
  for (; !state->stop.load(std::memory_order_relaxed); ++pieces) x = compute(x);
  state->kept.fetch_xor(x);
  state->pieces.fetch_add(pieces);
}

beamish::task<> awaiting_loop(loop_state* state) {
  std::uint32_t x = 1;
  std::int64_t pieces = 0;
  for (; !state->stop.load(std::memory_order_relaxed); ++pieces) {
    x = compute(x);
    co_await beamish::sleep(0ns);
  }
  state->kept.fetch_xor(x);
  state->pieces.fetch_add(pieces);
}

beamish::task<> echo() {
  for (;;) {
    const auto m = co_await beamish::receive<ping>();
    beamish::send(m.from, pong{m.number});
  }
}

beamish::task<std::int64_t> ping_pong(pid peer, std::chrono::nanoseconds how_long,
                                      std::int64_t number, time_weighted& into) {
  const std::int64_t end = (beamish::now() + how_long).count();
  for (std::int64_t before = beamish::now().count(); before < end;) {
    beamish::send(peer, ping{beamish::self(), ++number});
    const auto answer = co_await beamish::receive<pong>();
    if (answer.number != number) expect("round trip", answer.number, number);
    const std::int64_t after = beamish::now().count();
    into.add(after - before);
    before = after;
  }
  co_return number;
}

template <class Body>
beamish::task<result> measure_beside(Body body, std::int64_t milliseconds) {
  const pid peer = beamish::spawn_link(echo);
  loop_state state;  // outlives the loops: their ends are awaited
  time_weighted first, later;
  const stopwatch watch;
  pid bodies[loops];
  for (pid& p : bodies) p = beamish::spawn(body, &state);
  const std::int64_t number = co_await ping_pong(peer, onset, 0, first);
  co_await ping_pong(peer, std::chrono::milliseconds(milliseconds), number, later);
  const auto took = watch.read();
  state.stop.store(true);
  for (const pid p : bodies) beamish::monitor(p);
  for (int i = 0; i < loops; ++i) co_await beamish::receive<beamish::down_message>();
  result r{took, later.percentile(0.99), "seconds", expect("loops that ended", loops, loops)};
  r.details = {{"worst", later.worst()},
               {"onset", first.worst()},
               {"trips", static_cast<double>(later.count()) / later.total()},
               {"pieces", static_cast<double>(state.pieces.load()) / took.seconds}};
  co_return r;
}

}  // namespace

beamish::task<result> beside_endless_loops(std::int64_t n) {
  return measure_beside(&endless_loop, n);
}

beamish::task<result> beside_awaiting_loops(std::int64_t n) {
  return measure_beside(&awaiting_loop, n);
}

}  // namespace ours
