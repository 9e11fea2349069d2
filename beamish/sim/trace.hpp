// SPDX-License-Identifier: Apache-2.0
//
// The trace of a simulated run: what happened, in order, in names that depend on nothing but the
// run.
//
//     3 0.000000000 send p1 p2 ping
//     4 0.000000000 arrive p1 p2 ping
//     5 0.000000000 run p2
//
// A line is: step, virtual time in seconds, what, who, whom, and a short word. Processes are named
// by the order of their spawning on their node (p1, p2, …; on further nodes p1@2). No address,
// size, pid or name made by a compiler is in it, so equal runs have equal traces, on every machine
// and with every compiler. The hash is always kept; the events only if asked for, and with them
// what people call each process.
// Threads: none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "beamish/term/identifiers.hpp"

namespace beamish::inline v0::sim {

struct trace_event {
  // Of what was sent: how it travels.
  enum class way : std::uint8_t { none, under_way, at_once, by_timer, lost };

  std::uint64_t step;
  std::int64_t time;  // virtual nanoseconds
  std::string what, who, whom, word;
  // More about it, for people; neither in the hash nor in its line.
  way travels = way::none;
  std::string detail = {};

  // As one line, without its end.
  std::string text() const;
  friend bool operator==(const trace_event&, const trace_event&) = default;
};

// "0.000000042"
std::string seconds_text(std::int64_t nanoseconds);

class trace {
 public:
  explicit trace(bool keeps_events) : keeps_events_(keeps_events) {}

  void event(std::uint64_t step, std::int64_t now, std::string_view what, pid who, pid other,
             std::string_view word);
  // More about the last event. REQUIRES: keeps_events, and there is one.
  void tell(trace_event::way travels, std::string detail) {
    events_.back().travels = travels;
    events_.back().detail = std::move(detail);
  }
  void travels(trace_event::way how) { events_.back().travels = how; }
  // What the test says about itself: an event that the hash does not see. REQUIRES: keeps_events.
  void mark(std::uint64_t step, std::int64_t now, pid who, std::string text);
  // A text in which pids are replaced by the names here.
  std::string with_names(std::string_view text) const;
  // A process gets its name; `known_as` is for people.
  void born(pid p, std::string known_as);
  // It has a better name for people now.
  void call(pid p, std::string known_as);

  std::uint64_t hash() const noexcept { return hash_; }
  bool keeps_events() const noexcept { return keeps_events_; }
  const std::vector<trace_event>& events() const noexcept { return events_; }
  // All events, a line each.
  std::string text() const;
  struct person {
    std::string name, known_as;
  };
  // All processes, in the order of their spawning.
  const std::vector<person>& people() const noexcept { return people_; }
  // "p3", "p1@2"; "-" for the outside or a process of another world.
  std::string name(pid p) const;

 private:
  struct node_names {
    std::uint32_t node;
    std::uint32_t born;
    struct holder {
      std::uint32_t serial, number;
    };
    std::vector<holder> by_id;
  };
  // {place of the node, number}: both from 1; {0, 0} if unknown.
  struct run_name {
    std::uint32_t node, number;
  };
  run_name find(pid p) const noexcept;
  void mix(std::uint64_t word) noexcept;
  void mix(std::string_view text) noexcept;

  bool keeps_events_;
  std::uint64_t hash_ = 0x6a09e667f3bcc908ull;
  std::vector<trace_event> events_;
  std::vector<person> people_;
  std::vector<node_names> nodes_;
};

}  // namespace beamish::inline v0::sim
