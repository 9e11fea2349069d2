// SPDX-License-Identifier: Apache-2.0
//
// Servers that call servers, and servers that watch others.
#include "tests/sim/help.hpp"

namespace {

// Asks the next, if there is one, before or after it has answered.
struct relay : gen_server<relay> {
  struct ask {
    using reply = int;
    int number;
  };
  using messages = accepts<ask>;

  pid next;
  sim::world* place = nullptr;

  task<> handle_call(ask& m, from<ask> client) {
    const int number = m.number;
    if (!next) {
      client.reply(number);
      co_return;
    }
    if (place->pick(3) == 2) co_await beamish::sleep(10us);
    const bool first = place->pick(3) == 2;
    if (first) client.reply(number);
    const int got = co_await call<ask>(within(infinity), next, number);
    place->require(got == number, "the answer to this call");
    if (!first) client.reply(got);
  }
};

// A chain of calls, inline or not: each ends with its value, or with the reason of who has died.
task<> chains_of_calls(sim::world& w) {
  const std::uint32_t length = 1 + w.pick(6), clients = 1 + w.pick(3);
  std::vector<pid> chain{pid{}};
  for (std::uint32_t i = 0; i < length; ++i) {
    auto started = co_await try_start<relay>({}, chain.back(), &w);
    while (!started.ok()) started = co_await try_start<relay>({}, chain.back(), &w);
    const server<relay> s = *started;
    chain.push_back(s);
  }
  sim::once ends(w, "end of a client");
  for (std::uint32_t c = 0; c < clients; ++c) {
    const auto m = spawn_monitor([&w, first = chain.back(), c]() -> task<> {
      for (int i = 0; i < 3; ++i) {
        const int number = 10 * static_cast<int>(c) + i;
        auto got = co_await try_call<relay::ask>(within(infinity), first, number);
        w.require(!got.ok() || *got == number, "the answer to this call");
      }
    });
    w.spare(m.process);
    ends.owe(m.id);
  }
  if (w.pick(2) == 1) {
    co_await beamish::sleep(help::moment(w));
    beamish::exit(chain[1 + w.pick(length)], exit_reason::kill());
  }
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    w.require(help::one_of(d.reason, {exit_reason::normal(), exit_reason::killed()}), "no failure");
  }
  for (const pid p : chain) {
    if (p) co_await help::kill(p);
  }
  co_await sim::nothing_more(w);
}

// Watches workers, and counts what its handle_info is told.
struct foreman : gen_server<foreman> {
  struct hire {
    using reply = void;
    duration takes;
  };
  struct is_idle {
    using reply = bool;
  };
  using messages = accepts<hire, is_idle>;

  sim::once ends;

  void init(sim::once e) {
    ends = e;
    trap_exits(true);
  }
  void handle_call(hire& m) {
    const auto work = [takes = m.takes]() -> task<> { co_await beamish::sleep(takes); };
    ends.owe(spawn_monitor(work).id);
    ends.owe(spawn_link(work));
  }
  bool handle_call(is_idle&) { return ends.open() == 0; }
  void handle_info(down_message& m) { ends.happened(m.id); }
  void handle_info(exit_message& m) { ends.happened(m.from); }
};

// G27, G41: a server hears of the end of each worker once, by its handle_info.
task<> servers_that_watch(sim::world& w) {
  const sim::once ends(w, "end of a worker");
  const auto s = co_await start<foreman>(ends);
  const std::uint32_t workers = 1 + w.pick(5);
  for (std::uint32_t i = 0; i < workers; ++i) {
    co_await s.call<foreman::hire>(within(infinity), 10us * w.pick(4));
    if (w.pick(2) == 1) co_await beamish::sleep(help::moment(w));
  }
  for (;;) {
    const bool idle = co_await s.call<foreman::is_idle>(within(infinity));
    if (idle) break;
    co_await beamish::sleep(1ms);
  }
  co_await help::kill(s);
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> chain_scenarios() {
  const auto deadly =
      sim::faults().delay_signals(0.05, 2s).kill_processes(0.02).slow_nodes(0.01, 1ms);
  return {
      {"chains_of_calls",
       "servers that call servers: a value, or the reason of who has died",
       chains_of_calls,
       {.faults = deadly}},
      {"servers_that_watch",
       "a server hears of the end of each worker once",
       servers_that_watch,
       {.faults = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms)}},
  };
}
