// SPDX-License-Identifier: Apache-2.0
//
// Deadlines: inherited by nested calls, and no work for callers that have gone.
#include "tests/sim/help.hpp"

namespace {

struct stage : gen_server<stage> {
  struct ask {
    using reply = int;
    std::int64_t due;  // by the node's clock; 0: no deadline
    duration takes;
  };
  using messages = accepts<ask>;

  sim::world* w = nullptr;
  pid next;

  void init(sim::world* place, pid n) {
    w = place;
    next = n;
  }
  task<int> handle_call(ask& m) {
    const auto due = std::chrono::nanoseconds(m.due);
    const duration takes = m.takes;
    const auto left = deadline_left();
    w->require(left.has_value() == (m.due != 0), "who serves a deadline knows it, and nobody else");
    if (left && w->simulated()) {
      w->require(now() < due, "a request whose deadline has passed is not handled");
      w->require(now() + *left == due, "the deadline is that of the first caller");
    }
    co_await beamish::sleep(takes);
    if (!next) co_return 1;
    const auto began = now();
    auto got = co_await try_call<ask>(within(1h), next, m.due, takes);
    if (!got.ok()) {
      w->require(left.has_value() && help::caused_by(got.reason(), {"timeout"}),
                 "only the deadline ends a nested call");
      w->require(now() >= due, "a nested call has all the time that is left");
      w->require(began < due || now() == began || !w->simulated(),
                 "and fails at once if there is none");
    }
    co_return got.ok() ? *got + 1 : 0;
  }
};

// The first of three servers is asked by several clients, some with deadlines.
task<> deadline_through_three_servers(sim::world& w) {
  std::vector<pid> all;
  pid next;
  for (int i = 0; i < 3; ++i) {
    auto s = co_await start<stage>(&w, next);
    next = s;
    all.push_back(s);
  }
  sim::once ends(w, "end of a client");
  const std::uint32_t clients = 1 + w.pick(4);
  for (std::uint32_t i = 0; i < clients; ++i) {
    const duration limit = w.pick(3) == 0 ? infinity : 10us * (1 + w.pick(12));
    ends.owe(spawn_monitor([&w, to = next, limit, takes = help::moment(w)]() -> task<> {
               const bool none = limit.count() < 0;
               const std::int64_t due = none ? 0 : (now() + limit).count();
               auto got = co_await try_call<stage::ask>(deadline(limit), to, due, takes);
               if (got.ok())
                 w.require(*got == 3 || !none, "all three answer");
               else
                 w.require(!none && now().count() >= due, "a caller waits until its deadline");
             }).id);
  }
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    w.require(d.reason.is_normal(), "no client fails");
  }
  for (const pid p : all) co_await stop(p);
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> deadline_scenarios() {
  // With clocks that jump a deadline would be another one at each look.
  return {
      {"deadline_through_three_servers",
       "a deadline holds for all calls of a chain, and nothing is begun behind it",
       deadline_through_three_servers,
       {.faults = sim::faults().delay_signals(0.05, 2s)}},
  };
}
