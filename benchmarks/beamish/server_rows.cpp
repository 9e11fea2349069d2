// SPDX-License-Identifier: Apache-2.0
// The rows that call a server and cast to it, and the million that waits.
#include <vector>

#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/spawn.hpp"
#include "ours.hpp"
#include "servers.hpp"

namespace ours {
namespace {

using beamish::pid;
using beamish::server;
using namespace std::chrono_literals;

struct part {
  std::int64_t sum;
};

// ---- call

beamish::task<> inline_caller(server<counter> to, std::int64_t calls, pid parent) {
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < calls; ++i) {
    const auto count = co_await to.call<counter::bump>();
    sum += count;
  }
  beamish::send(parent, part{sum});
}

// A call that may take less than 100 ms is never handed over inline: its caller has to be free.
beamish::task<> queued_caller(server<counter> to, std::int64_t calls, pid parent) {
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < calls; ++i) {
    const auto count = co_await to.call<counter::bump>(beamish::within(99ms));
    sum += count;
  }
  beamish::send(parent, part{sum});
}

using client = beamish::task<>(server<counter>, std::int64_t, pid);

beamish::task<result> measure_calls(client* how, std::int64_t clients, std::int64_t n) {
  const auto each = n / clients;
  const auto total = each * clients;
  const auto to = co_await beamish::start_link<counter>({});
  const stopwatch watch;
  for (std::int64_t c = 0; c < clients; ++c) beamish::spawn_link(how, to, each, beamish::self());
  std::int64_t sum = 0;
  for (std::int64_t c = 0; c < clients; ++c) {
    const auto more = co_await beamish::receive<part>();
    sum += more.sum;
  }
  const auto took = watch.read();
  co_return rate(total, took, expect("sum of replies", sum, total * (total + 1) / 2));
}

// ---- cast: the call at the end waits until the server has taken all that this process cast before

beamish::task<> awaiting_producer(server<counter> to, std::int64_t casts, pid parent) {
  for (std::int64_t i = 1; i <= casts; ++i) co_await to.cast<counter::add>(i);
  const auto totals = co_await to.call<counter::report>(beamish::within(beamish::infinity));
  beamish::send(parent, part{totals.sum});
}

beamish::task<> flooding_producer(server<counter> to, std::int64_t casts, pid parent) {
  for (std::int64_t i = 1; i <= casts; ++i) to.cast<counter::add>(i);
  const auto totals = co_await to.call<counter::report>(beamish::within(beamish::infinity));
  beamish::send(parent, part{totals.sum});
}

// As much room as Go's channel has.
const beamish::start_options bounded{
    .mailbox = {.messages = 1024, .when_full = beamish::overflow::wait}};

beamish::task<result> measure_casts(client* how, std::int64_t producers, std::int64_t n,
                                    beamish::start_options options = {}) {
  const auto each = n / producers;
  const auto to = co_await beamish::start_link<counter>(options);
  const stopwatch watch;
  for (std::int64_t p = 0; p < producers; ++p) beamish::spawn_link(how, to, each, beamish::self());
  for (std::int64_t p = 0; p < producers; ++p) co_await beamish::receive<part>();
  const auto took = watch.read();

  const auto totals = co_await to.call<counter::report>();
  expect("count", totals.count, each * producers);
  auto checked = expect("sum of casts", totals.sum, producers * (each * (each + 1) / 2));
  co_return rate(each * producers, took, std::move(checked));
}

}  // namespace

beamish::task<result> calls(std::int64_t n) { return measure_calls(&inline_caller, 1, n); }
beamish::task<result> calls_queued(std::int64_t n) { return measure_calls(&queued_caller, 1, n); }
beamish::task<result> calls8(std::int64_t n) { return measure_calls(&inline_caller, 8, n); }
beamish::task<result> casts(std::int64_t n) { return measure_casts(&awaiting_producer, 1, n); }
beamish::task<result> casts_dropped(std::int64_t n) {
  return measure_casts(&flooding_producer, 1, n);
}
beamish::task<result> casts_bounded(std::int64_t n) {
  return measure_casts(&awaiting_producer, 1, n, bounded);
}
beamish::task<result> casts8_bounded(std::int64_t n) {
  return measure_casts(&awaiting_producer, 8, n, bounded);
}
beamish::task<result> casts8(std::int64_t n) { return measure_casts(&awaiting_producer, 8, n); }
beamish::task<result> casts8_dropped(std::int64_t n) {
  return measure_casts(&flooding_producer, 8, n);
}

beamish::task<result> idle(std::int64_t n) {
  std::vector<server<cell>> cells;
  cells.reserve(static_cast<std::size_t>(n));
  const auto before = status("VmRSS");
  const stopwatch watch;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto one = co_await beamish::start_link<cell>({}, i);
    cells.push_back(one);
  }
  const auto took = watch.read();
  const auto bytes = static_cast<double>((status("VmRSS") - before) * 1024);

  std::int64_t sum = 0;
  for (const auto& one : cells) {
    const auto number = co_await one.call<cell::value>();
    sum += number;
  }
  auto checked = expect("sum of states", sum, n * (n - 1) / 2);
  co_return result{took, bytes / static_cast<double>(n), "bytes", std::move(checked)};
}

}  // namespace ours
