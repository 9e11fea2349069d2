// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/trial.hpp"

#include "beamish/runtime/atomics.hpp"
#include "beamish/runtime/current.hpp"
#include "beamish/runtime/world.hpp"
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

namespace {

void judge_reason(const ending& end, const trial_options& o, verdict& v) {
  const exit_reason reason = end.reason();
  if (reason == o.ends) return;
  v.complaints.push_back("the body's process ended with reason " + inspect(reason) +
                         " instead of " + inspect(o.ends));
}

void add(std::vector<std::string>& to, std::vector<std::string> lines) {
  for (std::string& line : lines) to.push_back(std::move(line));
}

constexpr std::chrono::seconds grace(10);

}  // namespace

verdict run_in_simulation(const launcher& body, const trial_options& o, std::uint64_t seed) {
  verdict v;
  ending end;
  world place;
  {
    simulation simulated({.seed = seed,
                          .keeps_trace = o.keeps_trace,
                          .max_steps = o.max_steps,
                          .log = place.sink()});
    place.play_in(simulated);
    body(place, end_note(end));
    const outcome o1 = simulated.run_until([&] { return end.told(); });
    if (end.told()) {
      judge_reason(end, o, v);
      if (!o.leftovers) add(v.complaints, place.leftovers(grace));
    } else if (o1 == outcome::no_end) {
      v.complaints.push_back("no end in sight after " + std::to_string(simulated.steps()) +
                             " steps");
    } else {
      v.complaints.push_back("the body's process waits for ever: nothing can happen any more");
    }
    add(v.complaints, simulated.finish());
    v.trace_hash = simulated.trace_hash();
    v.trace = simulated.trace().text();
  }
  v.log = place.log();
  return v;
}

verdict run_in_real_world(const launcher& body, const trial_options& o) {
  constexpr unsigned workers = 2;
  verdict v;
  ending end;
  world place(workers);
  body(place, end_note(end));
  if (!end.wait(o.deadline)) {
    v.complaints.push_back("the body's process did not end within " +
                           std::to_string(o.deadline.count()) + " s of real time");
  } else {
    judge_reason(end, o, v);
    if (!o.leftovers) add(v.complaints, place.leftovers(grace));
  }
  add(v.complaints, place.close());
  v.log = place.log();
  return v;
}

}  // namespace beamish::inline v0::sim
