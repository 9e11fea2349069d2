// SPDX-License-Identifier: Apache-2.0
//
// What a supervisor does when a child has ended: which children start again with it, and when the
// supervisor itself ends.
// tested in: supervisor_test.cpp
#include "beamish/otp/supervisor_server.hpp"

namespace beamish::inline v0::detail {

task<supervisor_server::outcome> supervisor_server::handle_info(exit_message& m) {
  supervised_child* child = all_.children.find(m.from);
  if (child == nullptr || !child->is_running()) co_return noreply();
  if (child->starts_again(m.reason)) co_return co_await restart(*child, &m.reason);
  if (!m.reason.is_expected())
    all_.report.ended(*child, m.reason, supervisor_report::next::drops_it, all_.window);
  if (ends_with(*child)) co_return stop(exit_reason::shutdown());
  co_return noreply();
}

task<supervisor_server::outcome> supervisor_server::handle_info(retry& m) {
  supervised_child* child = all_.children.waiting(m.ticket);
  if (child == nullptr) co_return noreply();
  if (!m.counted) co_return co_await restart(*child, nullptr);
  co_await start_again(*child);
  co_return noreply();
}

task<supervisor_server::outcome> supervisor_server::restart(supervised_child& child,
                                                            const exit_reason* why) {
  const auto step = all_.begin_restart(child, why);
  if (step == supervision::restart_step::start_now) {
    co_await start_again(child);
  } else if (step == supervision::restart_step::too_many) {
    keep_stopped(child);
    co_return stop(exit_reason::shutdown());
  } else if (strategy_ != one_for_one) {
    // The others end now, and start with it when its pause is over. It keeps its place and pause.
    co_await all_.stop_down_to(group_of(child), &child);
  }
  co_return noreply();
}

task<> supervisor_server::start_again(supervised_child& child) {
  if (strategy_ != one_for_one) {
    co_await start_group_again(child);
    co_return;
  }
  exit_reason why;
  supervised_child* failed = co_await start_one(child, why);
  if (failed != nullptr) all_.try_again(child, why);
}

supervised_child& supervisor_server::group_of(supervised_child& child) const noexcept {
  return strategy_ == one_for_all ? *all_.children.oldest() : child;
}

task<> supervisor_server::start_group_again(supervised_child& child) {
  // `child` has ended, and is not temporary: it stays, and so does the place before it.
  all_.children.stopped(child);
  supervised_child* const before = group_of(child).older;
  co_await all_.stop_down_to(group_of(child));
  exit_reason why;
  supervised_child* const first = before == nullptr ? all_.children.oldest() : before->younger;
  supervised_child* failed = co_await start_from(first, why);
  if (failed != nullptr) all_.try_again(*failed, why);
}

void supervisor_server::keep_stopped(supervised_child& child) {
  child.is_temporary() ? all_.children.remove(child) : all_.children.stopped(child);
}

bool supervisor_server::ends_with(supervised_child& child) {
  const bool significant = child.significant;
  keep_stopped(child);
  if (!significant || auto_shutdown_ == auto_shutdown_when::never) return false;
  if (auto_shutdown_ == any_significant) return true;
  for (const supervised_child* c = all_.children.oldest(); c != nullptr; c = c->younger) {
    if (c->significant && c->state != child_state::stopped) return false;
  }
  return true;
}

}  // namespace beamish::inline v0::detail
