// SPDX-License-Identifier: Apache-2.0
//
// What a test has said must hold, or has to come true; and the first failure of a run.
//
//     conditions.add("limit kept", [&] { return running <= 2; });   // an invariant
//     conditions.check();                                           // after each step
//
// Threads: any. A condition is asked by one thread at a time, and never again once it is removed:
// so it may look at what lives as long as its invariant.
// tested in: world_test.cpp
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "beamish/sim/failure.hpp"
#include "beamish/term/identifiers.hpp"

namespace beamish::inline v0::sim {

// Sent to the process that waits for a condition once that is true.
struct came_true {
  std::uint64_t number;
};

class conditions {
 public:
  // `waits`: empty, or the process that waits for the condition to come true.
  std::uint64_t add(std::string name, std::function<bool()> holds, pid waits = {});
  void remove(std::uint64_t number) noexcept;
  // The first condition that does not hold, or that throws, is the run's failure.
  void check();
  // Only the first one counts.
  void fail(failure why);
  bool failed() const noexcept { return failed_.load(std::memory_order_acquire); }
  failure first_failure() const;

 private:
  struct condition {
    std::uint64_t number;
    std::string name;
    std::function<bool()> holds;
    pid waits;
    bool over = false;  // of one that somebody waits for: it has done its work
  };
  void check(condition& c);

  std::atomic<std::size_t> count_{0};
  std::atomic<bool> failed_{false};
  mutable std::mutex failure_mutex_;
  failure failure_;
  std::mutex mutex_;  // guards all_; held while a condition is asked
  std::vector<condition> all_;
  std::uint64_t next_ = 1;
};

// Keeps a condition in force until it goes out of scope. Declare it behind what the condition looks
// at.
class [[nodiscard]] invariant {
 public:
  invariant(conditions& of, std::uint64_t number) noexcept : of_(&of), number_(number) {}
  invariant(invariant&& other) noexcept
      : of_(std::exchange(other.of_, nullptr)), number_(other.number_) {}
  invariant& operator=(invariant&&) = delete;
  ~invariant() {
    if (of_ != nullptr) of_->remove(number_);
  }

 private:
  conditions* of_;
  std::uint64_t number_;
};

}  // namespace beamish::inline v0::sim
