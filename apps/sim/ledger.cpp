// SPDX-License-Identifier: Apache-2.0
#include "apps/sim/ledger.hpp"

#include <utility>

#include "beamish/runtime/timer.hpp"

namespace beamish::apps {

namespace {

std::string job_text(std::size_t job) { return "job " + std::to_string(job); }

std::int64_t now_ns() { return std::chrono::nanoseconds(beamish::now()).count(); }

}  // namespace

ledger::ledger(sim::world& w, std::size_t count, std::size_t limit, promise checks)
    : world_(w), limit_(limit), checks_(checks), starts_(count + 1), ends_(count + 1) {}

// The sentence is the same for all runs that break a promise, so that a smaller run of it can be
// found; the mark says more.
void ledger::fail(const std::string& what, const std::string& more) {
  if (std::exchange(failed_, true)) return;
  world_.note(more);
  world_.fail(what);
}

void ledger::added(std::size_t job) {
  std::lock_guard lock(mutex_);
  look_for_idle_place();
  added_ = job;
  look_for_idle_place();
}

void ledger::starts(std::size_t job) {
  std::lock_guard lock(mutex_);
  world_.note(job_text(job) + " starts");
  look_for_idle_place();
  if (++starts_[job] > 1) fail("a job runs twice", job_text(job) + " has run before");
  check_order(job);
  ++started_;
  if (++running_ > limit_)
    fail("more jobs run than the limit says", std::to_string(running_) + " jobs run");
  look_for_idle_place();
}

void ledger::ends(std::size_t job) {
  std::lock_guard lock(mutex_);
  world_.note(job_text(job) + " ends");
  look_for_idle_place();
  if (++ends_[job] == 1) ++done_;
  --running_;
  look_for_idle_place();
}

bool ledger::all_done() const {
  std::lock_guard lock(mutex_);
  return done_ + 1 == ends_.size();
}

void ledger::check_order(std::size_t job) {
  if (checks_ == promise::no_idle_place) return;
  std::string waiting;
  std::size_t count = 0;
  for (std::size_t earlier = 1; earlier < job; ++earlier) {
    if (starts_[earlier] != 0) continue;
    ++count;
    waiting += (waiting.empty() ? "" : ", ") + std::to_string(earlier);
  }
  if (count >= limit_) {
    fail("a job starts before others that were added earlier",
         job_text(job) + " starts before " + waiting);
  }
}

void ledger::look_for_idle_place() {
  if (checks_ == promise::order) return;
  if (running_ >= limit_ || added_ <= started_) return idle_since_.reset();
  const std::int64_t now = now_ns();
  if (!idle_since_) idle_since_ = now;
  if (now - *idle_since_ <= std::chrono::nanoseconds(grace).count()) return;
  fail("places stay idle while jobs wait", std::to_string(running_) + " of " +
                                               std::to_string(limit_) + " places used, " +
                                               std::to_string(added_ - started_) + " waiting");
}

}  // namespace beamish::apps
