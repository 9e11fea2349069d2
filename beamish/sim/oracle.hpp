// SPDX-License-Identifier: Apache-2.0
//
// The oracle: takes every decision of a simulated world, and remembers it.
//
//     sim::oracle o(42);
//     o.choose(sim::choice::next, 3)     // 0, 1 or 2: the same for the same seed and questions
//     o.decisions().back()               // {choice::next, 3, what was chosen}
//
// The list of decisions is the run: an oracle that is given it as its script repeats it. Option 0
// is always the plain one (the oldest event goes first, no fault happens), so a run is as strange
// as the number of its other answers.
//
// Threads: none. Numbers: xoshiro256**, started by splitmix64; equal on every machine.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace beamish::inline v0::sim {

enum class choice : std::uint8_t {
  next,         // what happens next, of everything that can
  slice,        // how many messages a process handles before others may go on
  queued_call,  // whether a call does not run inside its caller
  timer,        // which of the timers that are due at the same time
  duration,     // how long something takes
  random,       // a number that somebody asked for
  size,         // a number that the test asked for, the smaller the simpler
  fault,        // whether something goes wrong, and what
  victim,       // where
  disk,         // whether and how a disk fails, and what of it survives
};

struct decision {
  choice kind;
  std::uint32_t options;
  std::uint32_t chosen;
  friend bool operator==(const decision&, const decision&) = default;
};

// How schedules are searched.
struct strategy {
  enum class kind : std::uint8_t {
    mixed,        // by its seed each run is one of the next two
    random_walk,  // anything that can happen, with equal chances
    pct,          // strict priorities, changed `depth` - 1 times: finds what needs one to starve
    exhaustive,   // every schedule, by and by: for tiny programs; see script::narrow
  };
  kind what = kind::mixed;
  // Of pct; 0: one to five, by the seed.
  std::uint32_t depth = 0;
};

// The answers of another run.
struct script {
  std::vector<decision> decisions;
  // Whether each question has to be the one that was asked then. If not, an answer that does not
  // exist becomes the last one that does.
  bool strict = true;
  // Slices, durations and random numbers are no choices, as in an exhaustive search.
  bool narrow = false;
  // Behind the end every answer is plain, if this is 0; otherwise one in so many is drawn, by
  // `tail_seed`.
  std::uint32_t strange_tail = 0;
  std::uint64_t tail_seed = 0;
};

class oracle {
 public:
  explicit oracle(std::uint64_t seed, strategy how = {strategy::kind::random_walk});
  explicit oracle(script answers);

  // One of 0 … options-1. Where there is nothing to choose nothing is drawn. REQUIRES: options > 0.
  std::uint32_t choose(choice kind, std::uint32_t options);
  // What happens next. `lanes`: who each event belongs to, the oldest event first; `overdue`: that
  // one has waited so long that it may not be passed over again.
  std::uint32_t choose_next(std::span<const std::uint64_t> lanes, bool overdue);
  // 1 … rates.size() with these probabilities, 0 otherwise. REQUIRES: their sum is at most 1.
  std::uint32_t choose_rarely(choice kind, std::span<const double> rates);
  // 64 bits; two choices.
  std::uint64_t random_number();
  // A number of this run that is no decision: for what belongs to the seed, like rates of faults.
  double draw_unit() noexcept;

  // Whether choose_next looks at its lanes, or only at their number.
  bool needs_lanes() const noexcept { return depth_ != 0; }
  // Of pct; 0 for another search.
  std::uint32_t depth() const noexcept { return depth_; }
  // From now on everything is decided the plain way (the first option), and not recorded.
  void stop_choosing() noexcept { choosing_ = false; }

  const std::vector<decision>& decisions() const noexcept { return decisions_; }
  // The first decision where a strict script was asked something else than what it answers.
  std::optional<std::size_t> diverged() const noexcept { return diverged_; }

 private:
  void start_numbers(std::uint64_t seed) noexcept;
  std::uint64_t draw() noexcept;
  std::uint32_t below(std::uint32_t options) noexcept;
  std::uint32_t answer(choice kind, std::uint32_t options) noexcept;
  std::uint32_t answer_behind_the_end(std::uint32_t options) noexcept;
  std::uint32_t highest(std::span<const std::uint64_t> lanes) noexcept;
  std::uint64_t priority(std::uint64_t lane) const noexcept;
  bool is_fixed(choice kind) const noexcept;

  std::uint64_t state_[4];
  std::vector<decision> decisions_;
  std::optional<script> script_;
  std::optional<std::size_t> diverged_;
  bool choosing_ = true;
  // Of pct: the steps at which the lane that would run gets the lowest priority of all.
  std::uint32_t depth_ = 0;
  std::uint64_t seed_ = 0;
  std::uint64_t steps_ = 0;
  std::vector<std::uint64_t> changes_;
  std::vector<std::uint64_t> lowered_;
};

// The list that the next run of an exhaustive search begins with; nothing after the last one.
std::optional<std::vector<decision>> next_script(std::vector<decision> run);

}  // namespace beamish::inline v0::sim
