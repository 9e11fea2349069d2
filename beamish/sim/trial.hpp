// SPDX-License-Identifier: Apache-2.0
//
// A trial: one run of a test body as the first process of a fresh world, judged when it is over.
//
//     sim::launcher body = sim::launcher_of([]() -> task<> { co_await sleep(1h); });
//     sim::verdict v = sim::run_in_real_world(body, {});      // v.complaints is empty if all is
//     well
//
// Complaints: the body ended for another reason than expected, or not in time; processes, names,
// timers or threads were left over; a node could not be stopped. Knows no test framework: see
// testing.hpp.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "beamish/runtime/spawn.hpp"
#include "beamish/sim/faults.hpp"
#include "beamish/sim/oracle.hpp"
#include "beamish/sim/trace.hpp"
#include "beamish/sim/world.hpp"

namespace beamish::inline v0::sim {

struct trial_options {
  // How the body's process has to end.
  exit_reason ends = exit_reason::normal();
  // The body may leave processes, names, timers and threads behind.
  bool leftovers = false;
  // Real time for the body in the real world; then the trial has failed.
  std::chrono::seconds deadline{120};
  // In a simulated world: how schedules are chosen, or the answers of an earlier run; what may go
  // wrong; how many steps are too many.
  strategy search = {};
  std::optional<script> answers = {};
  sim::faults faults = {};
  std::uint64_t max_steps = 1'000'000;
  // Keep what happened, for people; stop the program for a debugger at that step (0: never).
  bool keeps_trace = false;
  std::uint64_t break_at = 0;
};

struct verdict {
  // What was wrong: the first thing decides the kind. Empty and none if all was well.
  failure_kind kind = failure_kind::none;
  std::vector<std::string> complaints;
  std::vector<log_entry> log;

  // ---- of a simulated world
  std::uint64_t trace_hash = 0;
  std::uint64_t steps = 0;
  std::chrono::nanoseconds elapsed{};
  std::vector<decision> decisions;
  fault_counts faults{};
  // The first decision at which the answers were those of another run.
  std::optional<std::size_t> diverged;
  // What happened and who is who, if asked for.
  std::vector<trace_event> events;
  std::vector<trace::person> people;

  void complain(failure_kind what, std::string text);
  // All complaints, a line each.
  std::string text() const;
};

// How the first process ended; told by its body's destructor, so that no further process is needed.
class ending {
 public:
  void tell(const exit_reason& reason);
  // Waits in real time; false if the time ran out first.
  bool wait(std::chrono::nanoseconds timeout);
  bool told() const noexcept { return told_.load(std::memory_order_acquire) != 0; }
  exit_reason reason() const;

 private:
  std::atomic<std::uint32_t> told_{0};
  mutable std::mutex mutex_;
  exit_reason reason_;
};

// Travels with the body and tells of its end.
class end_note {
 public:
  explicit end_note(ending& to) noexcept : to_(&to) {}
  end_note(end_note&& other) noexcept : to_(std::exchange(other.to_, nullptr)) {}
  end_note& operator=(end_note&&) = delete;
  ~end_note();

 private:
  ending* to_;
};

// Starts the body on the world's first node.
using launcher = std::function<void(world&, end_note)>;

template <class Body>
struct first_process {
  Body body;
  world* place;
  end_note note;

  auto operator()() {
    if constexpr (std::is_invocable_v<Body&, world&>) {
      return body(*place);
    } else {
      return body();
    }
  }
};

// `body`: a function or coroutine without parameters, or with a world&. Copied for each trial.
template <class Body>
launcher launcher_of(Body body) {
  return [body = std::move(body)](world& place, end_note note) {
    place.spare(place.node().spawn(first_process<Body>{body, &place, std::move(note)}));
  };
}

verdict run_in_real_world(const launcher& body, const trial_options& o);
verdict run_in_simulation(const launcher& body, const trial_options& o, std::uint64_t seed);

}  // namespace beamish::inline v0::sim
