// SPDX-License-Identifier: Apache-2.0
// The rows about supervisors: restarts, starts, and what it costs a server to be supervised.
#include <vector>

#include "beamish/otp/dynamic_supervisor.hpp"
#include "beamish/otp/supervisor.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"
#include "ours.hpp"
#include "servers.hpp"

namespace ours {
namespace {

using beamish::child_spec;
using beamish::child_specification;
using beamish::pid;

struct begun {
  pid process;
};

// Says each time that it has been started.
struct reborn : beamish::gen_server<reborn> {
  void init(pid owner) { beamish::send(owner, begun{beamish::self()}); }
};

child_specification cell_spec(std::int64_t number) {
  auto spec = child_spec<cell>(number);
  spec.id = beamish::term(number);
  return spec;
}

// Starts a linked server when it is asked to, and keeps nothing: no supervisor costs less.
struct starter : beamish::gen_server<starter> {
  struct start_one {
    using reply = beamish::child_result;
    std::int64_t number;
  };
  using messages = beamish::accepts<start_one>;
  void init() {}
  beamish::task<beamish::child_result> handle_call(start_one& m) {
    const auto started = co_await beamish::start_link<cell>(m.number);
    co_return beamish::child_result::started(started.process());
  }
};

struct cost {
  double seconds = 0;
  std::int64_t kib = 0;
};

// Starts `n` servers as they are, `n` supervised ones, and `n` by the starter, in turns of a tenth.
template <class Supervisor>
beamish::task<result> compare_with_plain(Supervisor supervisor, std::int64_t n) {
  constexpr int turns = 10;
  const std::int64_t each = n / turns;
  std::vector<pid> cells;
  cells.reserve(static_cast<std::size_t>(3 * n));
  const beamish::server<starter> asked_to = co_await beamish::start_link<starter>();
  cost plain, supervised, asked;
  const stopwatch all;
  for (int turn = 0; turn < turns; ++turn) {
    auto before = status("VmRSS");
    const stopwatch of_plain;
    for (std::int64_t i = 0; i < each; ++i) {
      const auto started = co_await beamish::start_link<cell>(turn * each + i);
      cells.push_back(started.process());
    }
    plain.seconds += of_plain.read().cpu_seconds;
    plain.kib += status("VmRSS") - before;
    before = status("VmRSS");
    const stopwatch of_supervised;
    for (std::int64_t i = 0; i < each; ++i) {
      const auto started = co_await supervisor.start_child(cell_spec(turn * each + i));
      cells.push_back(*started);
    }
    supervised.seconds += of_supervised.read().cpu_seconds;
    supervised.kib += status("VmRSS") - before;
    const stopwatch of_asked;
    for (std::int64_t i = 0; i < each; ++i) {
      const auto started = co_await asked_to.call<starter::start_one>(turn * each + i);
      cells.push_back(*started);
    }
    asked.seconds += of_asked.read().cpu_seconds;
  }
  const auto took = all.read();
  const auto sum = co_await sum_of<cell::value>(cells);
  const auto started = turns * each;
  const auto bytes = [&](const cost& c) { return double(c.kib) * 1024 / double(started); };
  co_return result{took,
                   bytes(supervised),
                   "bytes",
                   expect("sum of states", sum, 3 * started * (started - 1) / 2),
                   {{"plain", bytes(plain)},
                    {"memory", bytes(supervised) / bytes(plain)},
                    {"time", supervised.seconds / plain.seconds},
                    {"asked_time", asked.seconds / plain.seconds},
                    {"start", supervised.seconds / double(started)}}};
}

}  // namespace

beamish::task<result> restarts(std::int64_t n) {
  beamish::child_list children{child_spec<reborn>(beamish::self())};
  co_await beamish::supervisor::start_link(children, {.strategy = beamish::one_for_one,
                                                      .max_restarts = 1'000'000'000,
                                                      .max_seconds = std::chrono::seconds(1)});
  auto last = co_await beamish::receive<begun>();
  std::int64_t others = 0;
  const stopwatch watch;
  for (std::int64_t i = 0; i < n; ++i) {
    beamish::exit(last.process, beamish::exit_reason::kill());
    const auto next = co_await beamish::receive<begun>();
    others += next.process != last.process;
    last = next;
  }
  co_return rate(n, watch.read(), expect("restarts", others, n));
}

beamish::task<result> dynamic_starts(std::int64_t n) {
  const auto supervisor = co_await beamish::dynamic_supervisor::start_link();
  std::vector<pid> cells;
  const stopwatch watch;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto started = co_await supervisor.start_child(child_spec<cell>(i));
    cells.push_back(*started);
  }
  const auto took = watch.read();
  const auto counts = co_await supervisor.count_children();
  expect("children", static_cast<std::int64_t>(counts.active), n);
  const auto sum = co_await sum_of<cell::value>(cells);
  co_return rate(n, took, expect("sum of states", sum, n * (n - 1) / 2));
}

beamish::task<result> supervised_dynamic(std::int64_t n) {
  const auto supervisor = co_await beamish::dynamic_supervisor::start_link();
  auto measured = co_await compare_with_plain(supervisor, n);
  co_return measured;
}

beamish::task<result> supervised_by_id(std::int64_t n) {
  beamish::child_list none;
  const auto supervisor =
      co_await beamish::supervisor::start_link(none, {.strategy = beamish::one_for_one});
  auto measured = co_await compare_with_plain(supervisor, n);
  co_return measured;
}

}  // namespace ours
