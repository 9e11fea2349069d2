// SPDX-License-Identifier: Apache-2.0
//
// The oracle: takes every decision of a simulated world, from one seed, and remembers it.
//
//     sim::oracle o(42);
//     o.choose(sim::choice::next, 3)     // 0, 1 or 2: the same for the same seed and questions
//     o.decisions().back()               // {choice::next, 3, what was chosen}
//
// The list of decisions is the run: whoever answers the same questions alike repeats it.
// Threads: none. Numbers: xoshiro256**, started by splitmix64; equal on every machine.
#pragma once

#include <cstdint>
#include <vector>

namespace beamish::inline v0::sim {

enum class choice : std::uint8_t {
  next,         // what happens next, of everything that can
  slice,        // how many messages a process handles before others may go on
  inline_call,  // whether a call runs inside its caller
  timer,        // which of the timers that are due at the same time
  duration,     // how long a blocking function takes
  random,       // a number that somebody asked for
};

struct decision {
  choice kind;
  std::uint32_t options;
  std::uint32_t chosen;
  friend bool operator==(const decision&, const decision&) = default;
};

class oracle {
 public:
  explicit oracle(std::uint64_t seed);

  // One of 0 … options-1. Where there is nothing to choose nothing is drawn. REQUIRES: options > 0.
  std::uint32_t choose(choice kind, std::uint32_t options);
  std::uint64_t random_number();
  // From now on everything is decided the plain way (the first option), and not recorded.
  void stop_choosing() noexcept { choosing_ = false; }

  const std::vector<decision>& decisions() const noexcept { return decisions_; }

 private:
  std::uint64_t draw() noexcept;

  std::uint64_t state_[4];
  std::vector<decision> decisions_;
  bool choosing_ = true;
};

}  // namespace beamish::inline v0::sim
