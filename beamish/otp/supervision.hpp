// SPDX-License-Identifier: Apache-2.0
//
// What supervisors of both kinds have, and do with a single child: count its restarts, put them
// off, start it again, stop it.
//
// Everything here runs in the supervisor's process, which takes no other message meanwhile.
// tested in: supervisor_test.cpp
#pragma once

#include <optional>
#include <span>

#include "beamish/otp/call.hpp"
#include "beamish/otp/server_callbacks.hpp"
#include "beamish/otp/supervised.hpp"
#include "beamish/otp/supervisor_report.hpp"
#include "beamish/otp/supervisor_start.hpp"
#include "beamish/runtime/signals.hpp"

namespace beamish::inline v0::detail {

// From a supervisor to itself: the child of that ticket is to be started again.
struct retry {
  std::uint64_t ticket;
  bool counted;  // in the window of restarts
};

// A call of a supervisor, which may take as long as its children. The address goes by value: a task
// may be awaited when its reference has gone.
template <class M, class... Args>
task<reply_t<M>> ask_supervisor(kept_address to, Args... args) {
  co_return co_await call<M>(within(infinity), to.address(), std::move(args)...);
}

class supervision {
 public:
  explicit supervision(bool by_id) : children(by_id) {}

  supervised_children children;
  restart_window window;
  supervisor_report report{""};
  extra_arguments extra;

  child_starting start(const child_starter& starter) const {
    return child_starting(starter, &extra);
  }
  // For the clause of a call, which returns this: one child at a time is started so. The child is
  // the youngest then; with an id it is also kept if its start was ignored, unless it is temporary.
  value_or_task<child_result> start_new(child_specification& spec);
  void runs(supervised_child& child, pid process);

  enum class restart_step : std::uint8_t { start_now, later, too_many };
  // A child is to start again: counts it, and tells what happened. `why`: null if it is a start
  // that failed before. `later`: a retry comes when its pause is over.
  restart_step begin_restart(supervised_child& child, const exit_reason* why);
  // Its start has failed: it is tried again after the messages that wait.
  void try_again(supervised_child& child, const exit_reason& why);

  // Stops it if it runs and waits until it has ended, however it behaves.
  task<> stop(supervised_child& child);
  // The youngest first, down to `last`, without `but`; temporary children are removed.
  task<> stop_down_to(supervised_child& last, const supervised_child* but = nullptr);
  task<> stop_all_in_reverse();
  // All at once; each has its own time.
  task<> stop_all_together();

 private:
  void schedule(supervised_child& child, std::int64_t pause, bool counted);
  task<exit_reason> end_of(const supervised_child& child);
  task<child_result> wait_for_new(child_specification& spec);
  child_result take_in(child_specification& spec, child_result result);

  std::optional<child_starting> being_started_;
};

}  // namespace beamish::inline v0::detail
