// SPDX-License-Identifier: Apache-2.0
// Which executions the explorer of interleave.hpp need not run: two operations that don't conflict
// may change places, so only races, conflicts that nothing else puts in order, are tried both ways.
//
//   #include "beamish/runtime/interleave.hpp"   // which includes this
//
// tested in: interleave_test.cpp
#pragma once

#include <algorithm>

#include "beamish/runtime/interleave.hpp"

namespace beamish::inline v0::interleave {

inline bool explorer::conflict(const operation& a, const operation& b) {
  if (a.cell != b.cell) return false;
  if (a.sleepers && b.sleepers) return true;
  return a.kind != access::none && b.kind != access::none &&
         (a.kind == access::write || b.kind == access::write);
}

// True if it makes no difference which of the two goes first. That holds, when both may go, for a
// body and its own buffered store: the body sees its value before and after.
inline bool explorer::independent(int a, int b) const {
  return a != b && (a % count_ == b % count_ || !conflict(next_of(a), next_of(b)));
}

// Adds the step that `actor` is about to make to the trace, with what happened before it, and notes
// the races that it ends: conflicts that nothing in between puts in order. Those make up all
// differences between executions; each wants the other order tried, too.
inline void explorer::record(int actor) {
  const auto join = [](clock& into, const clock& from) {
    for (std::size_t i = 0; i < into.size(); ++i) into[i] = std::max(into[i], from[i]);
  };
  const std::size_t now = steps_++;
  if (now < repeated_) {
    trace_[now].done = next_of(actor);
    known_[unsigned(actor)] = trace_[now].known;
    return;
  }
  trace_.resize(now);
  trace_.push_back({actor, next_of(actor), depth_ == 0 ? 0 : depth_ - 1, {}});
  step& mine = trace_.back();
  mine.known = known_[unsigned(actor)];
  const body& b = *threads_[unsigned(actor % count_)];
  if (actor >= count_) join(mine.known, trace_[b.buffer.front().made_at].known);
  if (mine.done.drains) join(mine.known, known_[unsigned(actor + count_)]);
  std::vector<std::size_t> races;
  for (std::size_t i = now; i-- > 0;) {
    const step& other = trace_[i];
    if (mine.known[unsigned(other.actor)] > i || other.actor % count_ == actor % count_) continue;
    if (!conflict(other.done, mine.done)) continue;
    races.push_back(i);
    join(mine.known, other.known);
  }
  mine.known[unsigned(actor)] = static_cast<std::uint32_t>(now + 1);
  known_[unsigned(actor)] = mine.known;
  if (redundant_ || !reducing()) return;
  for (const std::size_t i : races) note_race(i);
}

// Wants, where the earlier step was chosen, a turn for one of those with which the race can end the
// other way round.
inline void explorer::note_race(std::size_t earlier) {
  choice& there = path_[trace_[earlier].choice_at];
  const std::uint32_t ways = beginnings(earlier) & there.enabled;
  if ((ways & there.wanted) != 0) return;
  const std::uint32_t last = bit(trace_.back().actor);
  if (ways == 0) {
    there.wanted = there.enabled;
  } else {
    there.wanted |= (ways & last) != 0 ? last : ways & (~ways + 1);
  }
}

// The actors that can begin what came after a step without needing it, up to the latest step.
inline std::uint32_t explorer::beginnings(std::size_t earlier) const {
  const step& skipped = trace_[earlier];
  std::vector<std::size_t> rest;
  std::uint32_t seen = 0;
  std::uint32_t first = 0;
  for (std::size_t i = earlier + 1; i < trace_.size(); ++i) {
    const step& s = trace_[i];
    const bool latest = i + 1 == trace_.size();
    if (!latest && s.known[unsigned(skipped.actor)] > earlier) continue;
    bool begins = (seen & bit(s.actor)) == 0;
    for (const std::size_t j : rest) begins = begins && s.known[unsigned(trace_[j].actor)] <= j;
    if (begins) first |= bit(s.actor);
    seen |= bit(s.actor);
    rest.push_back(i);
  }
  return first;
}

}  // namespace beamish::inline v0::interleave
