// SPDX-License-Identifier: Apache-2.0
// A call by a process in whose mailbox 100,000 unrelated messages wait, beside the same call by one
// with an empty mailbox.
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

constexpr std::int64_t backlog = 100'000;
constexpr std::int64_t rounds = 10;

struct unrelated {
  std::int64_t number;
};
struct ready {};
struct make_calls {
  std::int64_t count;
};
struct calls_made {
  double seconds;
  std::int64_t sum;
};
struct empty_mailbox {};
struct emptied {
  std::int64_t sum;
};

beamish::task<double> measure(server<counter> to, std::int64_t count, beamish::duration limit,
                              std::int64_t& sum) {
  const stopwatch watch;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto value = co_await to.call<counter::bump>(beamish::within(limit));
    sum += value;
  }
  co_return watch.read().seconds;
}

beamish::task<> caller(server<counter> to, std::int64_t waiting, beamish::duration limit,
                       pid parent) {
  for (std::int64_t i = 0; i < waiting; ++i) beamish::send(beamish::self(), unrelated{i});
  beamish::send(parent, ready{});
  for (;;) {
    const auto wanted = co_await beamish::receive<make_calls, empty_mailbox>();
    if (std::holds_alternative<empty_mailbox>(wanted)) break;
    std::int64_t sum = 0;
    const double seconds = co_await measure(to, std::get<make_calls>(wanted).count, limit, sum);
    beamish::send(parent, calls_made{seconds, sum});
  }
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < waiting; ++i) {
    const auto message = co_await beamish::receive<unrelated>();
    sum += message.number;
  }
  beamish::send(parent, emptied{sum});
}

// The two callers take turns, so that whatever disturbs one disturbs the other.
beamish::task<result> measure_backlog(std::int64_t n, beamish::duration limit) {
  const auto each = n / rounds;
  const auto to = co_await beamish::start_link<counter>({});
  pid callers[2];
  double seconds[2] = {0, 0};
  for (int i = 0; i < 2; ++i) {
    callers[i] = beamish::spawn_link(caller, to, i * backlog, limit, beamish::self());
    co_await beamish::receive<ready>();
  }
  std::int64_t sum = 0;
  const stopwatch watch;
  for (std::int64_t round = 0; round < rounds; ++round) {
    for (int i = 0; i < 2; ++i) {
      beamish::send(callers[i], make_calls{each});
      const auto part = co_await beamish::receive<calls_made>();
      seconds[i] += part.seconds;
      sum += part.sum;
    }
  }
  const auto took = watch.read();
  const auto total = 2 * rounds * each;
  auto checked = expect("sum of replies", sum, total * (total + 1) / 2);
  beamish::send(callers[1], empty_mailbox{});
  const auto left = co_await beamish::receive<emptied>();
  expect("sum of the messages that waited", left.sum, backlog * (backlog - 1) / 2);
  const auto made = static_cast<double>(rounds * each);
  result r{took, seconds[0] / seconds[1], "share", std::move(checked)};
  r.details = {{"empty", made / seconds[0]}, {"waiting", made / seconds[1]}};
  co_return r;
}

}  // namespace

beamish::task<result> backlog_inline(std::int64_t n) { return measure_backlog(n, 5s); }
// A call that may take less than 100 ms is never handed over inline.
beamish::task<result> backlog_queued(std::int64_t n) { return measure_backlog(n, 99ms); }

}  // namespace ours
