// SPDX-License-Identifier: Apache-2.0
//
// Nodes that stop in order: what runs there ends from the top, each tree in its own order.
#include "tests/sim/family.hpp"

namespace {

using family::habits;
using family::home;

constexpr const char* there = "b@sim";

// The children of those numbers; the last `inner` of them are below a supervisor of their own.
child_list tree_of(const home& h, int count, int inner, habits own) {
  auto all = family::specs(h, count, own);
  const supervisor_options each{.strategy = rest_for_one, .max_restarts = no_restart_limit};
  if (inner == 0) return child_list(all);
  const auto first = all.end() - inner;
  const std::vector<child_specification> below(first, all.end());
  all.erase(first, all.end());
  all.push_back(supervisor::spec(child_list(below), each));
  return child_list(all);
}

// S2, S3: children are told to stop when those after them are gone, whatever else happens.
task<> closing_trees(sim::world& w) {
  const home h(w);
  const int count = 1 + static_cast<int>(w.pick(4));
  const int inner = static_cast<int>(w.pick(static_cast<std::uint32_t>(count) + 1));
  const habits own{.init_takes = 10us * w.pick(2), .stop_takes = 10us * w.pick(3)};
  const bool traps = w.pick(2) == 1;
  w.node(there).spawn([children = tree_of(h, count, inner, own), traps, test = self()]() -> task<> {
    trap_exits(traps);
    co_await supervisor::start_link(children,
                                    {.strategy = rest_for_one, .max_restarts = no_restart_limit});
    spawn(help::wait_for_ever);
    send(test, atom("up"));
    co_await receive<exit_message>();
  });
  co_await receive<atom>();
  const std::uint32_t crashes = w.pick(3);
  for (std::uint32_t i = 0; i < crashes; ++i) {
    const auto number = static_cast<int>(w.pick(static_cast<std::uint32_t>(count)));
    if (const pid victim = h.there.holder(number)) family::end(w, victim);
    co_await beamish::sleep(help::moment(w));
  }
  const auto begin = now();
  co_await w.shut_down(there);
  w.require(h.there.size() == 0, "nobody is left");
  w.require(!w.simulated() || now() - begin < 1s, "nobody has to be killed");
  co_await sim::nothing_more(w);
}

// A handler's tree that may drain ends when its tasks have: each gives its value.
task<> closing_handler(sim::world& w) {
  const std::uint32_t limit = 1 + w.pick(3), count = 1 + w.pick(6);
  const sim::once responses(w, "response");
  std::vector<duration> times;
  for (std::uint32_t i = 0; i < count; ++i) {
    responses.owe(i);
    times.push_back(10us * w.pick(5));
  }
  w.node(there).spawn([&w, limit, times, responses, test = self()]() -> task<> {
    const auto handler =
        co_await task_handler::start_tree({.task_limit = limit, .name = "Safe", .drain = 1h});
    for (std::uint32_t i = 0; i < times.size(); ++i) {
      spawn([&w, handler, responses, i, takes = times[i], test]() -> task<> {
        trap_exits(true);
        auto job = handler.submit([takes, i]() -> task<std::uint32_t> {
          co_await beamish::sleep(takes);
          co_return i;
        });
        co_await handler.status();  // by now it has been taken
        send(test, i);
        const auto got = co_await job;
        responses.happened(i);
        w.require(got.ok() && *got == i, "the value of this task");
      });
    }
    co_await help::wait_for_ever();
  });
  for (std::uint32_t i = 0; i < count; ++i) co_await receive<std::uint32_t>();
  co_await beamish::sleep(help::moment(w));
  co_await w.shut_down(there, 2h);
  w.require(responses.open() == 0, "every submitter has its response");
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> node_close_scenarios() {
  return {
      {"closing_trees", "a node that stops leaves trees their order", closing_trees},
      {"closing_handler", "and a handler the time for its tasks", closing_handler},
  };
}
