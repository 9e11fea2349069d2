// SPDX-License-Identifier: Apache-2.0
//
// Agents: their functions run one after the other, in order, and who asks a dead one is told.
#include <map>

#include "tests/sim/help.hpp"

namespace {

using numbers = std::vector<int>;

// A1: functions run one at a time, in the order in which each client sends them.
task<> agent_order(sim::world& w) {
  const auto book = co_await agent<std::map<int, int>>::start_link(std::map<int, int>());
  const std::uint32_t clients = 1 + w.pick(3), count = 1 + w.pick(4);
  const sim::gauge inside(w, "functions that run", 1);
  sim::once ends(w, "end of a client");
  for (std::uint32_t i = 0; i < clients; ++i) {
    const int me = static_cast<int>(i);
    ends.owe(spawn_monitor([&w, book, me, count, inside]() -> task<> {
               for (int n = 0; n < static_cast<int>(count); ++n) {
                 const auto add = [&w, me, n, inside](std::map<int, int>& all) {
                   inside.queue();
                   const sim::gauge::visit here(inside);
                   w.require(all[me] == n, "functions of one client run in order");
                   all[me] = n + 1;
                 };
                 const std::uint32_t how = w.pick(3);
                 if (how == 0) book.cast(add);
                 if (how == 1) co_await book.update(within(infinity), add);
                 if (how == 2) {
                   const auto both = [add, me](std::map<int, int>& all) {
                     add(all);
                     return all[me];
                   };
                   const int now_there = co_await book.get_and_update(within(infinity), both);
                   w.require(now_there == n + 1, "what it was when the function ran");
                 }
               }
               const auto look = [me](const std::map<int, int>& all) { return all.at(me); };
               const int mine = co_await book.get(within(infinity), look);
               w.require(mine == static_cast<int>(count), "what a client did before is seen");
             }).id);
  }
  co_await help::ends_of(w, ends, "normal");
  const auto sum_up = [](const std::map<int, int>& all) {
    int sum = 0;
    for (const auto& [who, n] : all) sum += n;
    return sum;
  };
  const int sum = co_await book.get(sum_up);
  w.require(sum == static_cast<int>(clients * count), "nothing is lost");
  co_await book.stop();
  co_await sim::nothing_more(w);
}

// A2, A3: a function that throws, a kill or a stop ends it: each caller gets a value or one reason,
// and no function runs afterwards.
task<> agent_ends(sim::world& w) {
  trap_exits(true);
  const auto book = co_await agent<numbers>::start_link(numbers());
  const sim::once runs(w, "update");
  const std::uint32_t clients = 1 + w.pick(3);
  sim::once ends(w, "end of a client");
  for (std::uint32_t i = 0; i < clients; ++i) {
    ends.owe(spawn_monitor([&w, book, runs, i]() -> task<> {
               for (std::uint32_t n = 0; n < 2; ++n) {
                 const std::uint32_t number = 10 * i + n;
                 runs.owe(number);
                 const bool throws = w.pick(4) == 3;
                 auto add = [runs, number, throws](numbers& all) {
                   runs.happened(number);
                   if (throws) throw std::runtime_error("raises");
                   all.push_back(static_cast<int>(number));
                   return number;
                 };
                 auto asking = book.get_and_update(within(infinity), add);
                 const auto got = co_await attempt(std::move(asking));
                 if (got.ok()) {
                   w.require(!throws && runs.has_happened(number), "who has an answer was heard");
                   continue;
                 }
                 w.require(!alive(book.process()), "who fails its callers is dead");
                 runs.close(number);
               }
             }).id);
  }
  co_await beamish::sleep(help::moment(w));
  const std::uint32_t how = w.pick(3);
  if (how == 1) beamish::exit(book.process(), exit_reason::kill());
  if (how == 2) {
    try {
      co_await book.stop();
    } catch (const exited& e) {
      w.require(help::caused_by(e.reason(), {"noproc"}) || e.reason().value().is_tuple(),
                "it has ended by itself");
    }
  }
  co_await help::ends_of(w, ends, "normal");
  if (how == 0 && alive(book.process())) co_await book.stop();
  co_await receive<exit_message>();
  co_await sim::nothing_more(w);
}

// A3: a call that is not answered in time exits with `timeout`, once, and nothing comes later.
task<> agent_timeouts(sim::world& w) {
  const auto book = co_await agent<numbers>::start_link(numbers());
  const auto look = [](const numbers& all) { return all.size(); };
  const std::uint32_t count = 1 + w.pick(3);
  co_await sys::suspend(book.address(), infinity);
  spawn([book, late = 10us * w.pick(4)]() -> task<> {
    co_await beamish::sleep(late);
    co_await sys::resume(book.address(), infinity);
  });
  std::uint32_t answered = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const duration limit = 10us * w.pick(4);
    const duration begun = now();
    try {
      const std::size_t size = co_await book.get(within(limit), look);
      w.require(size == 0, "what it holds");
      ++answered;
    } catch (const exited& e) {
      w.require(help::caused_by(e.reason(), {"timeout"}), "why there is no answer");
      w.require(now() - begun >= limit, "nobody gives up too soon");
      w.require(answered == 0 || limit == duration(0) || !w.simulated(),
                "once it runs it answers in time");
    }
  }
  const std::size_t size = co_await book.get(within(infinity), look);
  w.require(size == 0, "it has borne all");
  co_await book.stop();
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> agent_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms);
  return {
      {"agent_order",
       "functions run one at a time, in the order of each client",
       agent_order,
       {.faults = slow}},
      {"agent_ends",
       "whatever ends an agent, each caller gets a value or one reason",
       agent_ends,
       {.faults = slow}},
      {"agent_timeouts", "an answer or a timeout, and nothing comes later", agent_timeouts},
  };
}
