// SPDX-License-Identifier: Apache-2.0
// What a task handler has promised, kept book of by its jobs themselves.
//
//   ledger book(w, 8, 2, ledger::promise::order);    // eight jobs, two at a time
//   book.starts(3);    // by the job; a broken promise ends the run
//
// Threads: any. A job calls starts() and ends() on its process.

#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "beamish/sim/world.hpp"

namespace beamish::apps {

class ledger {
 public:
  // Which of two promises is looked at; that of the limit, and that each job runs once, always are.
  enum class promise : std::uint8_t { order, no_idle_place, both };
  static constexpr std::chrono::milliseconds grace{250};

  ledger(sim::world& w, std::size_t count, std::size_t limit, promise checks);

  // Jobs are numbered from 1 in the order of their adding.
  void added(std::size_t job);
  void starts(std::size_t job);
  void ends(std::size_t job);
  bool all_done() const;

 private:
  // What held until now is judged when something changes.
  void look_for_idle_place();
  void check_order(std::size_t job);
  void fail(const std::string& what, const std::string& more);

  sim::world& world_;
  const std::size_t limit_;
  const promise checks_;
  mutable std::mutex mutex_;
  std::size_t added_ = 0, running_ = 0, started_ = 0, done_ = 0;
  std::vector<int> starts_, ends_;  // how often each; [0] is unused
  std::optional<std::int64_t> idle_since_;
  bool failed_ = false;
};

}  // namespace beamish::apps
