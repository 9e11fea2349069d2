// SPDX-License-Identifier: Apache-2.0
//
// What a supervisor says in the log: which child, why, and what it does now. One line each.
//
//     [error] supervisor #PID<1.5.0> ("shop"): child :library (#PID<1.7.0>) ended: :no_shelf;
//     starting it again (restart 1 of at most 3 within 5 s)
//
// In JSON they are of kind `supervisor_report`: see log.hpp. Their domain is [:otp, :sasl].
//
// At most 20 restarts a second are told of one by one; the others are counted and told together.
// tested in: supervisor_report_test.cpp
#pragma once

#include <string>

#include "beamish/otp/supervised.hpp"
#include "beamish/runtime/log.hpp"

namespace beamish::inline v0::detail {

class supervisor_report {
 public:
  // `module`: what the supervisor is called if it has no name; may be empty. For the current
  // process.
  explicit supervisor_report(std::string module) : module_(std::move(module)) {}

  enum class next : std::uint8_t { starts_again, pauses, drops_it, gives_up };
  void ended(const supervised_child& child, const exit_reason& why, next then,
             const restart_window& window);
  // Of a restart that would be the next: nothing has been tried.
  void gives_up(const supervised_child& child, const restart_window& window);
  void start_failed(const term& id, const exit_reason& why, bool tries_again);
  // The child that was told to stop ended for another reason.
  void stop_failed(const supervised_child& child, const exit_reason& why);
  void stops_failed(std::size_t children, const exit_reason& why);
  // A child takes long to stop, and so do `others`. `left`: until it is killed; infinity: never.
  void waits_for(const supervised_child& child, duration waited, duration left,
                 std::size_t others = 0);
  // Killed, but its code still runs.
  void waits_for_killed(const supervised_child& child);
  void started(const supervised_child& child);

 private:
  std::string title() const;
  // `what`: the kind of report. `child`: null if it is about none, or about one that has no record.
  void write(log_level level, std::string_view what, const term& child, const term& reason,
             const std::string& text) const;
  bool may_tell();

  std::string module_;
  std::int64_t second_ = 0;  // when the current one began
  unsigned told_ = 0;
  unsigned untold_ = 0;
};

}  // namespace beamish::inline v0::detail
