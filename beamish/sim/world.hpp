// SPDX-License-Identifier: Apache-2.0
//
// The world of a test: the nodes that its processes play on, what must hold there, what may go
// wrong, and what they said.
//
// ```cpp
// #include "beamish/beamish.hpp"
// #include "beamish/sim/trial.hpp"
//
// task<> tell() {
//   auto asker = co_await receive<pid>();
//   send(asker, node_name());
// }
// task<> play(sim::world& w) {
//   pid far = w.node("b@sim").spawn(tell);           // a second node of the same world
//   std::atomic<int> answers = 0;
//   auto kept = w.always("one answer at most", [&] { return answers <= 1; });
//   send(far, self());
//   auto where = co_await receive<std::string>();    //=> "b@sim"
//   ++answers;
//   co_await w.eventually("one", std::chrono::seconds(1), [&] { return answers == 1; });
// }
// sim::run_in_simulation(sim::launcher_of(play), {}, 7).complaints.size();    //=> 0
// sim::run_in_real_world(sim::launcher_of(play), {}).complaints.size();       //=> 0
// ```
//
// Guarantees: the same body plays in simulated worlds and in the real one. The first node is
// "a@sim"; others are made when they are first asked for. What nodes log is kept, in order, not
// printed. In a simulated world invariants are checked after each step; in the real one every
// millisecond, by another thread, and faults do not happen. The first failure ends the run.
//
// Threads: any, for all members; what conditions look at must bear that (atomics, or the ledgers of
// invariants.hpp). Units: std::chrono durations of the world's time. Errors: what a node's
// constructor throws; what is left over or does not end is told as text. Mirrors the peer nodes of
// Common Test (:peer). When not to use it: in programs; `node` makes nodes there.
// tested in: world_test.cpp
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "beamish/runtime/node.hpp"
#include "beamish/runtime/task.hpp"
#include "beamish/sim/conditions.hpp"

namespace beamish::inline v0::sim {

class simulation;

class world {
 public:
  static constexpr std::string_view first_name = "a@sim";

  // A real one: nodes of `workers` threads each.
  explicit world(unsigned workers) : workers_(workers) {}
  // On the nodes of a simulation, whose log has to be `sink()`.
  world() = default;
  void play_in(simulation& s) noexcept { simulation_ = &s; }
  log_function sink() noexcept { return {&world::keep, this, log_form::text, log_level::debug}; }
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  // The node of that name, made and started when it is first asked for.
  beamish::node& node(std::string_view name = first_name);
  // Kills what runs on that node and removes it; a later node() makes a new one of that name.
  // REQUIRES: no process of that node calls it.
  void stop(std::string_view name);
  // Stops it in order, as node::stop does: from the top, and what has not ended within that time is
  // killed. REQUIRES: as stop; the node exists.
  task<> shut_down(std::string name, std::chrono::nanoseconds within = std::chrono::seconds(5));

  // ---- what must hold
  // At all times, as long as the result lives.
  invariant always(std::string name, std::function<bool()> holds);
  // Faults end here. Waits until the condition is true; if it is not within that time, the run has
  // failed, and this never returns.
  task<> eventually(std::string name, std::chrono::nanoseconds within, std::function<bool()> holds);
  // From now on a circle of processes of which each waits for a reply of the next, while nothing
  // else can happen at that moment, is a deadlock. (That the test's own process waits for ever
  // always is one.) In the real world a circle ends by its timeouts.
  void never_stuck();
  // Something that must not be has been seen: the run ends.
  void fail(std::string what) { conditions_.fail({failure_kind::invariant, std::move(what)}); }
  void require(bool holds, std::string_view what) {
    if (!holds) fail(std::string(what));
  }

  // A mark in the chart of the run, at the process that runs: "job 8 starts". In the real world it
  // goes nowhere.
  void note(std::string_view text);

  // ---- what varies
  // 0 … options-1, another one in each run; the smaller, the simpler. REQUIRES: options > 0.
  std::uint32_t pick(std::uint32_t options);
  // Faults leave this process alone.
  void spare(pid p);
  // `start` is called with that node now, and again whenever it comes back after a crash: only such
  // nodes crash.
  void boot(std::string_view name, std::function<void(beamish::node&)> start);
  // The same faults at will; nothing in the real world.
  void crash(std::string_view name, std::chrono::nanoseconds back_after);
  void cut(std::string_view from, std::string_view to, std::chrono::nanoseconds lasts);
  void calm();

  // Everything that any node has logged until now, in order.
  std::vector<log_entry> log() const;

  bool simulated() const noexcept { return simulation_ != nullptr; }
  // Of the simulated world; 0 in the real one.
  std::uint64_t seed() const noexcept;

  // For the harness: a line for each process, name, timer and thread that is still there, after
  // waiting at most `grace` (of the world's time) for the last ones to end.
  std::vector<std::string> leftovers(std::chrono::nanoseconds grace);
  // Ends all nodes; a line for each that did not end cleanly.
  std::vector<std::string> close();
  conditions& stated() noexcept { return conditions_; }

 private:
  static void keep(void* me, const log_entry& entry);

  unsigned workers_ = 0;
  simulation* simulation_ = nullptr;
  conditions conditions_;
  mutable std::mutex mutex_;  // guards nodes_
  std::vector<std::unique_ptr<beamish::node>> nodes_;
  mutable std::mutex log_mutex_;
  std::vector<log_entry> log_;
};

}  // namespace beamish::inline v0::sim
