// SPDX-License-Identifier: Apache-2.0
// How the explorer of interleave.hpp walks through the orders: a depth-first search that runs the
// bodies anew for each execution and repeats the choices of the last one up to where it differs.
//
//   #include "beamish/runtime/interleave.hpp"   // which includes this
//
// tested in: interleave_test.cpp
#pragma once

#include <algorithm>
#include <bit>
#include <exception>

#include "beamish/runtime/interleave.hpp"

namespace beamish::inline v0::interleave {

inline void explorer::run_once() {
  current_ = execution();
  make_(current_);
  count_ = static_cast<int>(current_.bodies_.size());
  depth_ = 0;
  asleep_ = 0;
  redundant_ = false;
  last_ = -1;
  preemptions_ = 0;
  steps_ = 0;
  known_ = {};
  start_bodies();
  if (report_.failure.empty()) {
    const int actor = pick();
    if (actor >= 0) take_turn(actor);
  }
  if (report_.failure.empty() && current_.check_) current_.check_();
  if (redundant_) {
    ++report_.cut;
  } else {
    ++report_.executions;
  }
}

// Brings every body up to its first operation; what it does before concerns nobody else.
inline void explorer::start_bodies() {
  while (threads_.size() < current_.bodies_.size()) {
    const std::size_t index = threads_.size();
    threads_.push_back(std::make_unique<body>([this, index] { life_of(index); }));
  }
  starting_ = true;
  for (int i = 0; i < count_ && report_.failure.empty(); ++i) {
    body& b = *threads_[unsigned(i)];
    b.status = state::ready;
    b.next = {};
    b.buffer.clear();
    self_ = i;
    fiber::change(outside_, b.stack);
    self_ = -1;
  }
  starting_ = false;
}

// A stack serves one body of each execution after the other.
inline void explorer::life_of(std::size_t index) {
  for (;;) {
    try {
      current_.bodies_[index]();
    } catch (const std::exception& e) {
      fail(std::string("exception: ") + e.what());
    }
    body& me = *threads_[index];
    me.status = state::finished;
    pass_on(me);
  }
}

inline void explorer::pass_on(body& from) {
  if (starting_) {
    fiber::change(from.stack, outside_);
    return;
  }
  const int me = self_;
  const int actor = pick();
  if (actor == me) return;
  self_ = actor;
  fiber::change(from.stack, actor < 0 ? outside_ : threads_[unsigned(actor)]->stack);
}

inline void explorer::take_turn(int actor) {
  self_ = actor;
  fiber::change(outside_, threads_[unsigned(actor)]->stack);
  self_ = -1;
}

// Lets buffered stores go out until it is a body's turn, and returns that body; -1 at the end.
inline int explorer::pick() {
  for (;;) {
    const std::uint32_t enabled = enabled_actors();
    if (enabled == 0) {
      bool finished = true;
      for (int i = 0; i < count_; ++i) {
        finished = finished && threads_[unsigned(i)]->status == state::finished;
      }
      if (!finished && report_.failure.empty()) {
        report_.failure = "deadlock: all that is left sleeps" + trace_text();
      }
      return -1;
    }
    if (steps_ >= options_.max_steps) {
      report_.failure = "no end in sight" + trace_text();
      return -1;
    }
    const int actor = choose_actor(within_bound(enabled));
    record(actor);
    if (actor < count_) {
      if (last_ >= 0 && last_ != actor && (enabled & bit(last_)) != 0) ++preemptions_;
      last_ = actor;
      body& b = *threads_[unsigned(actor)];
      if (b.status == state::dozing) b.status = state::ready;  // Its time ran out.
      return actor;
    }
    auto& buffer = threads_[unsigned(actor - count_)]->buffer;
    const buffered_store out = buffer.front();
    buffer.pop_front();
    out.apply(out.cell, out.bits);
  }
}

inline std::uint32_t explorer::enabled_actors() const {
  std::uint32_t enabled = 0;
  for (int i = 0; i < count_; ++i) {
    const body& b = *threads_[unsigned(i)];
    const bool held = b.next.drains && !b.buffer.empty();
    if (b.status == state::dozing || (b.status == state::ready && !held)) enabled |= bit(i);
    if (!b.buffer.empty()) enabled |= bit(count_ + i);
  }
  return enabled;
}

// Once the bound is reached, a body is no more interrupted while it could go on.
inline std::uint32_t explorer::within_bound(std::uint32_t enabled) const {
  const bool bounded = options_.max_preemptions >= 0 && preemptions_ >= options_.max_preemptions;
  if (!bounded || last_ < 0 || (enabled & bit(last_)) == 0) return enabled;
  const std::uint32_t bodies = bit(count_) - 1;
  return enabled & (bit(last_) | ~bodies);
}

inline operation explorer::next_of(int actor) const {
  const body& b = *threads_[unsigned(actor % count_)];
  if (actor >= count_) return {b.buffer.front().cell, access::write};
  operation next = b.next;
  if (next.succeeds != nullptr && !next.succeeds(next.cell, next.expected)) {
    next.kind = access::read;
  }
  return next;
}

// The actor that goes on if there is a choice: changes of body cost time, and are told apart best
// when there are few.
inline int explorer::preferred(std::uint32_t actors) const {
  return last_ >= 0 && (actors & bit(last_)) != 0 ? last_ : std::countr_zero(actors);
}

// An actor that had its turn at this point before (done), or that an earlier execution covered
// (asleep), need not have it again below until something that depends on it has happened.
inline int explorer::choose_actor(std::uint32_t actors) {
  if (!redundant_ && depth_ == path_.size()) {
    const std::uint32_t fresh = actors & ~asleep_;
    redundant_ = fresh == 0;
    if (!redundant_) {
      const int first = preferred(fresh);
      path_.push_back({actors, asleep_, reducing() ? bit(first) : actors, 0, first, false, steps_});
    }
  }
  if (redundant_) return preferred(actors);
  const choice& here = path_[depth_++];
  if (reducing()) {
    asleep_ = 0;
    const std::uint32_t covered = here.asleep | here.done;
    for (int i = 0; i < 2 * count_; ++i) {
      if ((covered & bit(i)) != 0 && independent(i, here.taken)) asleep_ |= bit(i);
    }
  }
  return here.taken;
}

inline void explorer::wake(const void* cell, int count) {
  for (int left = count; left > 0; --left) {
    std::vector<int> sleepers;
    for (int i = 0; i < count_; ++i) {
      const body& b = *threads_[unsigned(i)];
      const bool sleeps = b.status == state::asleep || b.status == state::dozing;
      if (sleeps && b.next.cell == cell) sleepers.push_back(i);
    }
    if (sleepers.empty()) return;
    const bool all = static_cast<std::size_t>(left) >= sleepers.size();
    const int chosen = sleepers[all ? 0 : choose(sleepers.size())];
    body& b = *threads_[unsigned(chosen)];
    // Its timeout does not happen any more, and so would not be seen to race with this wake.
    if (b.status == state::dozing && !redundant_) {
      path_[trace_[steps_ - 1].choice_at].wanted |= bit(chosen);
    }
    b.status = state::ready;
    b.woken = true;
    b.next = {};
    clock& known = known_[unsigned(chosen)];
    for (std::size_t i = 0; i < known.size(); ++i) {
      known[i] = std::max(known[i], trace_[steps_ - 1].known[i]);
    }
  }
}

inline std::size_t explorer::choose(std::size_t ways) {
  if (redundant_) return 0;
  if (depth_ == path_.size())
    path_.push_back({static_cast<std::uint32_t>(ways), 0, 0, 0, 0, true, steps_});
  return static_cast<std::size_t>(path_[depth_++].taken);
}

// Turns the last choice that has another way; false if none has.
inline bool explorer::backtrack() {
  if (report_.executions + report_.cut >= options_.max_executions) return false;
  while (!path_.empty()) {
    choice& last = path_.back();
    repeated_ = last.at_step;
    if (last.plain) {
      if (static_cast<std::uint32_t>(++last.taken) < last.enabled) return true;
    } else {
      last.done |= bit(last.taken);
      const std::uint32_t left = last.wanted & ~last.done & ~last.asleep;
      if (left != 0) {
        last.taken = std::countr_zero(left);
        return true;
      }
    }
    path_.pop_back();
  }
  report_.complete = true;
  return false;
}

// One line for each operation: the body, what it did, and to which cell, in order of appearance.
inline std::string explorer::trace_text() const {
  std::vector<const void*> cells;
  std::string text;
  for (std::size_t i = 0; i < steps_; ++i) {
    const step& s = trace_[i];
    if (s.done.cell == nullptr) continue;
    std::size_t cell = 0;
    while (cell < cells.size() && cells[cell] != s.done.cell) ++cell;
    if (cell == cells.size()) cells.push_back(s.done.cell);
    text += "\n  body " + std::to_string(s.actor % count_);
    text += s.actor >= count_              ? " lets out a store to "
            : s.done.kind == access::write ? " writes "
            : s.done.kind == access::none  ? " wakes or leaves "
            : s.done.sleepers              ? " waits at "
                                           : " reads ";
    text += "cell " + std::to_string(cell);
  }
  return text;
}

}  // namespace beamish::inline v0::interleave
