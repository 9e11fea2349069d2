// SPDX-License-Identifier: Apache-2.0
// tested in: supervisor_test.cpp
#include "beamish/otp/supervision.hpp"

#include "beamish/runtime/clock.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/runtime/timer.hpp"

namespace beamish::inline v0::detail {

bool supervision::begin_start(const child_starter& starter) {
  return being_started_.emplace(starter, &extra).begin(*self_access());
}

void supervision::runs(supervised_child& child, pid process) {
  children.runs(child, process);
  if (child.pauses()) child.details->backoff->started(current_node().now());
  report.started(child);
}

void supervision::schedule(supervised_child& child, std::int64_t pause, bool counted) {
  children.restarts(child);
  if (!counted) {
    send(self(), retry{child.ticket(), false});
    return;
  }
  child.details->due = current_node().now() + pause;
  send_after(duration(pause), self(), retry{child.ticket(), true});
}

supervision::restart_step supervision::begin_restart(supervised_child& child,
                                                     const exit_reason* why) {
  using next = supervisor_report::next;
  const std::int64_t now = current_node().now();
  if (!window.add(now)) {
    why == nullptr ? report.gives_up(child, window)
                   : report.ended(child, *why, next::gives_up, window);
    return restart_step::too_many;
  }
  if (!child.pauses()) {
    if (why != nullptr) report.ended(child, *why, next::starts_again, window);
    return restart_step::start_now;
  }
  schedule(child, child.details->backoff->next(now, random_number()), true);
  if (why != nullptr) report.ended(child, *why, next::pauses, window);
  return restart_step::later;
}

void supervision::try_again(supervised_child& child, const exit_reason& why) {
  report.start_failed(child.id, why, true);
  schedule(child, 0, false);
}

}  // namespace beamish::inline v0::detail
