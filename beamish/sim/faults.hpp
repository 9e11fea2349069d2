// SPDX-License-Identifier: Apache-2.0
//
// The faults that a promise covers: what may go wrong in a simulated world, and how often at most.
//
// ```cpp
// #include "beamish/sim/faults.hpp"
//
// sim::faults f = sim::faults()
//     .kill_processes(1e-3)               // before each step, with at most this probability
//     .delay_signals(1e-2, std::chrono::seconds(2));    // each signal, so long at most
// f.covers(sim::fault::kill_process);     //=> true
// f.covers(sim::fault::crash_node);       //=> false
// ```
//
// Guarantees: each run draws its own rates, of which a third are zero and the others lie between a
// hundredth of the given one and all of it; so some runs see one kind of fault alone, and some
// none. Which fault happens to whom is a decision like every other: it is recorded, replayed, and
// left out when a failure is made small. After world::eventually nothing fails any more.
//
// Threads: a value. Units: probabilities from 0 to 1, std::chrono durations of virtual time.
// Errors: a probability outside of 0 … 1 throws std::invalid_argument. In the real world faults do
// not happen. OTP has nothing like it. When not to use it: for faults that the code does not
// promise to survive; it would fail, and rightly.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <string_view>

namespace beamish::inline v0::sim {

enum class fault : std::uint8_t {
  kill_process,       // exit(p, kill) to any process but the test's own and spared ones
  crash_node,         // a node that the test can boot is gone at once, and comes back later
  cut_nodes,          // nothing passes from one node to another, or neither way
  slow_node,          // each turn of its processes takes up to a millisecond for a while
  jump_clock,         // the wall clock jumps, by up to a year, forth or back
  throw_in_callback,  // a callback of a server throws before it does anything
  delay_signal,       // a signal is held up, and what follows it from there to there
  fail_allocation,    // somewhere within a turn of a process memory runs out, once
  fail_write,         // a file is not written, or only a part
  fail_sync,          // what was written is not made durable, and says so
};
constexpr std::size_t fault_kinds = 10;
// "kill_process"
std::string_view name_of(fault f) noexcept;

class faults {
 public:
  faults& kill_processes(double before_each_step);
  faults& crash_nodes(double before_each_step, std::chrono::nanoseconds back_after);
  // `longest` below a minute: signals are held up, and arrive when the nodes meet again. A cut that
  // lasts a minute ends the connection as OTP's does: links and monitors tell `noconnection`, and
  // what was under way is lost.
  faults& cut_nodes(double before_each_step, std::chrono::nanoseconds longest);
  faults& slow_nodes(double before_each_step, std::chrono::nanoseconds longest);
  faults& jump_clock(double before_each_step);
  faults& throw_in_callbacks(double each_callback);
  faults& delay_signals(double each_signal, std::chrono::nanoseconds longest);
  faults& fail_allocations(double each_turn);
  faults& fail_writes(double each_write);
  faults& fail_syncs(double each_sync);

  bool covers(fault f) const noexcept { return rate(f) > 0; }
  bool any() const noexcept;
  // The highest rate, and the longest time that it lasts.
  double rate(fault f) const noexcept { return rates_[static_cast<std::size_t>(f)]; }
  std::chrono::nanoseconds longest(fault f) const noexcept {
    return longest_[static_cast<std::size_t>(f)];
  }

 private:
  faults& set(fault f, double rate, std::chrono::nanoseconds longest = {});

  std::array<double, fault_kinds> rates_{};
  std::array<std::chrono::nanoseconds, fault_kinds> longest_{};
};

// How often each fault happened.
using fault_counts = std::array<std::uint64_t, fault_kinds>;

// Thrown by a callback that fails on purpose.
class injected_failure : public std::exception {
 public:
  const char* what() const noexcept override { return "a failure on purpose, by the simulation"; }
};

}  // namespace beamish::inline v0::sim
