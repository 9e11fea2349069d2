// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/trial.hpp"

#include <signal.h>

#include "beamish/runtime/atomics.hpp"
#include "beamish/runtime/current.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/world.hpp"
#include "beamish/sim/run_file.hpp"
#include "beamish/sim/simulation.hpp"

namespace beamish::inline v0::sim {

void ending::tell(const exit_reason& reason) {
  {
    std::lock_guard lock(mutex_);
    reason_ = reason;
  }
  told_.store(1, std::memory_order_release);
  detail::std_atomics::futex_wake(told_, 1);
}

bool ending::wait(std::chrono::nanoseconds timeout) {
  const std::int64_t end = detail::real_now() + timeout.count();
  while (!told()) {
    const std::int64_t left = end - detail::real_now();
    if (left <= 0) return false;
    detail::std_atomics::futex_wait(told_, 0, left);
  }
  return true;
}

exit_reason ending::reason() const {
  std::lock_guard lock(mutex_);
  return reason_;
}

end_note::~end_note() {
  if (to_ == nullptr) return;
  const detail::context* here = detail::current_context();
  const bool dying = here != nullptr && here->dying != nullptr;
  to_->tell(dying ? *here->dying : exit_reason(atom("not_started")));
}

void verdict::complain(failure_kind what, std::string text) {
  if (complaints.empty()) kind = what;
  complaints.push_back(std::move(text));
}

std::string verdict::text() const {
  std::string all;
  for (const std::string& line : complaints) all += line + "\n";
  return all;
}

namespace {

void judge_reason(const ending& end, const trial_options& o, verdict& v) {
  const exit_reason reason = end.reason();
  if (reason == o.ends) return;
  v.complain(failure_kind::crash, "the body's process ended with reason " + inspect(reason) +
                                      " instead of " + inspect(o.ends));
}

// A failure that the test itself has seen says more than how its process ended.
void judge_failure(world& place, verdict& v) {
  if (!place.stated().failed()) return;
  const failure f = place.stated().first_failure();
  v.complain(f.kind, f.text);
}

void complain_of(std::vector<std::string> lines, verdict& v) {
  for (std::string& line : lines) v.complain(failure_kind::invariant, std::move(line));
}

constexpr std::chrono::seconds time_to_end(10);

void judge_ending(world& place, const ending& end, const trial_options& o, verdict& v) {
  judge_failure(place, v);
  if (!v.complaints.empty()) return;
  judge_reason(end, o, v);
  if (!o.leftovers) complain_of(place.leftovers(time_to_end), v);
  judge_failure(place, v);
}

std::string describe(const decision& d) {
  return std::string(name_of(d.kind)) + " of " + std::to_string(d.options);
}

void judge_divergence(const simulation& simulated, const trial_options& o, verdict& v) {
  v.diverged = simulated.diverged();
  const std::size_t at = *v.diverged;
  v.complain(
      failure_kind::nondeterminism,
      "decision " + std::to_string(at + 1) + ", at step " + std::to_string(simulated.steps()) +
          ": the recorded run had to choose " + describe(o.answers->decisions[at]) + ", this one " +
          describe(simulated.decisions()[at]) + ": the program or the scenario has changed since");
}

void judge_waiting(const simulation& simulated, outcome how, const trial_options& o, verdict& v) {
  if (how == outcome::stuck) return v.complain(failure_kind::deadlock, simulated.stuck());
  if (how == outcome::diverged) return judge_divergence(simulated, o, v);
  if (how == outcome::no_end) {
    v.complain(failure_kind::liveness,
               "no end in sight after " + std::to_string(simulated.steps()) + " steps");
  } else {
    v.complain(failure_kind::deadlock,
               "the body's process waits for ever: nothing can happen any more");
  }
  for (std::string& line : simulated.waiting()) v.complaints.push_back(std::move(line));
}

// What a person with a debugger wants to see is one frame up: the step that is about to happen.
void watch(simulation& simulated, world& place, std::uint64_t break_at) {
  simulated.watch([&simulated, &place, break_at] {
    place.stated().check();
    if (simulated.steps() + 1 == break_at) ::raise(SIGTRAP);
  });
}

void keep(const simulation& simulated, verdict& v) {
  v.trace_hash = simulated.trace_hash();
  v.steps = simulated.steps();
  v.elapsed = simulated.elapsed();
  v.decisions = simulated.decisions();
  v.faults = simulated.fault_count();
  v.events = simulated.trace().events();
  v.people = simulated.trace().people();
}

}  // namespace

verdict run_in_simulation(const launcher& body, const trial_options& o, std::uint64_t seed) {
  verdict v;
  ending end;
  world place;
  {
    simulation simulated({.seed = seed,
                          .search = o.search,
                          .answers = o.answers,
                          .faults = o.faults,
                          .keeps_trace = o.keeps_trace,
                          .max_steps = o.max_steps,
                          .log = place.sink()});
    place.play_in(simulated);
    watch(simulated, place, o.break_at);
    body(place, end_note(end));
    // Faults leave the test itself alone.
    for (pid p : detail::all_processes(place.node().core())) simulated.spare(p);
    const outcome how = simulated.run_until([&] { return end.told() || place.stated().failed(); });
    if (end.told() || place.stated().failed()) {
      judge_ending(place, end, o, v);
    } else {
      judge_waiting(simulated, how, o, v);
    }
    keep(simulated, v);
    complain_of(simulated.finish(), v);
  }
  v.log = place.log();
  return v;
}

verdict run_in_real_world(const launcher& body, const trial_options& o) {
  constexpr unsigned workers = 2;
  constexpr std::chrono::milliseconds between_checks(1);
  verdict v;
  ending end;
  world place(workers);
  const std::int64_t give_up = detail::real_now() + std::chrono::nanoseconds(o.deadline).count();
  body(place, end_note(end));
  while (!end.wait(between_checks) && !place.stated().failed()) {
    place.stated().check();
    if (detail::real_now() < give_up) continue;
    v.complain(failure_kind::liveness, "the body's process did not end within " +
                                           std::to_string(o.deadline.count()) + " s of real time");
    break;
  }
  if (v.complaints.empty()) judge_ending(place, end, o, v);
  complain_of(place.close(), v);
  v.log = place.log();
  return v;
}

}  // namespace beamish::inline v0::sim
