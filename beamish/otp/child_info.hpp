// SPDX-License-Identifier: Apache-2.0
//
// What a supervisor says of its children: a row for each, and how many there are.
//
// ```cpp
// child_info waiting;
// waiting.id = atom("library");
// waiting.state = child_state::restarting;
// waiting.restart_in = std::chrono::milliseconds(1600);
// waiting.status();                       //=> "restarting (in 1.6 s)"
// waiting.module = elixir_module("Library");
// to_term(waiting);                       //=> {:library, :restarting, :worker, [Library]}
// to_term(child_counts{2, 1, 0, 2});      //=> %{active: 1, specs: 2, supervisors: 0, workers: 2}
// ```
//
// Units: restart_in is a std::chrono duration, by the supervisor's clock when it was asked. Errors:
// none. Threads: values.
//
// Mirrors the rows of Supervisor.which_children/1 and the map of count_children/1. When not to use
// it: to learn whether a process lives (alive, monitor).
// tested in: supervised_test.cpp
#pragma once

#include <optional>
#include <string>

#include "beamish/otp/child_spec.hpp"

namespace beamish::inline v0 {

enum class child_state : std::uint8_t { stopped, running, restarting };

struct child_info {
  term id;  // of a dynamic supervisor's child: :undefined
  child_state state = child_state::stopped;
  pid process;  // empty unless it runs
  child_type type = child_type::worker;
  atom module;
  std::optional<duration> restart_in;  // of one that waits for its restart

  std::string status() const;
  friend term to_term(const child_info& row) { return row.as_term(); }
  term as_term() const;
};

struct child_counts {
  std::size_t specs = 0;   // all children, dead or alive
  std::size_t active = 0;  // those whose process lives
  std::size_t supervisors = 0;
  std::size_t workers = 0;

  friend term to_term(const child_counts& counts) { return counts.as_term(); }
  term as_term() const;
};

namespace detail {
// 250 ms, 1.6 s, 5 s.
std::string text_of_time(duration d);
}  // namespace detail

}  // namespace beamish::inline v0
