// SPDX-License-Identifier: Apache-2.0
//
// The agenda of a simulated world: what can happen now, and what can happen later.
//
//     agenda.add({.slot = &p, .lane = lane}, step);                // p is ready
//     agenda.add_later(now + 1'000, {.channel = 3, .lane = lane}); // a signal that is delayed
//     agenda.take(0)                                               // the oldest of those for now
//
// Events for now stand in the order in which they became possible, so that number 0 is what a world
// without surprises would do next. (Among many hundreds a taken one is replaced by the last: a run
// stays the same for the same answers, only "the oldest" is then one of the old.)
// Threads: none.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "beamish/runtime/process_slot.hpp"

namespace beamish::inline v0::sim {

struct event {
  detail::process_slot* slot = nullptr;  // it is ready; or null:
  std::uint32_t channel = 0;             // the oldest signal of that channel arrives
  std::uint64_t lane = 0;                // whom a strategy of priorities takes it for
  std::uint64_t since = 0;               // the step at which it became possible
};

class agenda {
 public:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

  void add(event e, std::uint64_t step);
  void add_later(std::int64_t when, const event& e);
  // Those whose time has come can happen now.
  void reach(std::int64_t now, std::uint64_t step);
  // The processes of that node wait no longer.
  void hurry(const detail::node_core& node, std::uint64_t step);
  std::int64_t next_time() const noexcept { return next_time_; }

  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(events_.size()); }
  bool empty() const noexcept { return events_.empty() && later_.empty(); }
  const event& at(std::uint32_t which) const noexcept { return events_[which]; }
  event take(std::uint32_t which) noexcept;

 private:
  struct later {
    std::int64_t when;
    event what;
  };

  std::vector<event> events_;
  std::vector<later> later_;  // in the order of adding
  std::int64_t next_time_ = never;
};

}  // namespace beamish::inline v0::sim
