// SPDX-License-Identifier: Apache-2.0
//
// The world of a test: the nodes that its processes play on, and what they said.
//
// ```cpp
// #include "beamish/beamish.hpp"
// #include "beamish/sim/trial.hpp"
//
// task<> tell() {
//   auto asker = co_await receive<pid>();
//   send(asker, node_name());
// }
// task<> play(sim::world& s) {
//   pid far = s.node("b@sim").spawn(tell);           // a second node of the same world
//   send(far, self());
//   auto where = co_await receive<std::string>();    //=> "b@sim"
// }
// sim::run_in_simulation(sim::launcher_of(play), {}, 7).complaints.size();    //=> 0
// sim::run_in_real_world(sim::launcher_of(play), {}).complaints.size();       //=> 0
// ```
//
// Guarantees: the same body plays in simulated worlds and in the real one. The first node is
// "a@sim"; others are made when they are first asked for. What nodes log is kept, in order, not
// printed.
//
// Threads: any, for all members. Units: `grace` is a std::chrono duration of the world's time.
// Errors: what a node's constructor throws; what is left over or does not end is told as text.
// Mirrors the peer nodes of Common Test (:peer). When not to use it: in programs; `node` makes
// nodes there.
// tested in: trial_test.cpp
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "beamish/runtime/node.hpp"

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
  log_function sink() noexcept { return {&world::keep, this}; }
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  // The node of that name, made and started when it is first asked for.
  beamish::node& node(std::string_view name = first_name);
  // Kills what runs on that node and removes it; a later node() makes a new one of that name.
  // REQUIRES: no process of that node calls it.
  void stop(std::string_view name);

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

 private:
  static void keep(void* me, const log_entry& entry);

  unsigned workers_ = 0;
  simulation* simulation_ = nullptr;
  mutable std::mutex mutex_;  // guards nodes_
  std::vector<std::unique_ptr<beamish::node>> nodes_;
  mutable std::mutex log_mutex_;
  std::vector<log_entry> log_;
};

}  // namespace beamish::inline v0::sim
