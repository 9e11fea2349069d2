// SPDX-License-Identifier: Apache-2.0
// tested in: supervisor_test.cpp
#include "beamish/otp/supervision.hpp"

#include "beamish/runtime/clock.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/runtime/timer.hpp"

namespace beamish::inline v0::detail {

value_or_task<child_result> supervision::start_new(child_specification& spec) {
  child_starting& starting = being_started_.emplace(*spec.starter(), &extra);
  if (!starting.begin(*self_access())) return wait_for_new(spec);
  return take_in(spec, starting.await_resume());
}

// It is begun, so this is awaited before anything else is.
task<child_result> supervision::wait_for_new(child_specification& spec) {
  auto& starting = *being_started_;
  co_return take_in(spec, co_await starting);
}

child_result supervision::take_in(child_specification& spec, child_result result) {
  being_started_.reset();
  if (result.ok())
    runs(children.add(std::move(spec)), result.process());
  else if (result.is_ignored() && children.are_by_id() && spec.restart != restart_kind::temporary)
    children.add(std::move(spec));
  return result;
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
