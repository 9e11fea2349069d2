// SPDX-License-Identifier: Apache-2.0
// tested in: gen_statem_test.cpp
#include "beamish/otp/statem_core.hpp"

#include <algorithm>
#include <stdexcept>

#include "beamish/runtime/process.hpp"
#include "beamish/runtime/timer.hpp"

namespace beamish::inline v0::detail {

void statem_core::begin_event(continuation::run_function run) noexcept {
  current_ = run;
  cancel(timeout_kind::event, term());
}

bool statem_core::take_timeout(server_box& box, const statem_timer_message& m,
                               continuation::run_function& run) noexcept {
  const auto due = std::find_if(timers_.begin(), timers_.end(),
                                [&m](const statem_timer& t) { return t.number == m.number; });
  if (due == timers_.end()) return false;
  run = due->event.run();
  signal* message = std::exchange(box.current, due->event.release());
  message->type->dispose(message);
  timers_.erase(due);
  return true;
}

void statem_core::postpone(server_box& box, statem_step& step) {
  if (step.postponed_call) postponed_.push_back(std::move(step.postponed_call));
  if (!step.postpones) return;
  if (box.current == nullptr)
    throw std::logic_error(
        "postpone: this call was answered, or its handler has taken the `from`: postpone(from)");
  postponed_.push_back(continuation(box.current, current_));
  box.current = nullptr;
}

void statem_core::state_changed() {
  cancel(timeout_kind::state, term());
  waiting_.reserve(waiting_.size() + postponed_.size());
  for (auto event = postponed_.rbegin(); event != postponed_.rend(); ++event)
    waiting_.push_back(std::move(*event));
  postponed_.clear();
}

void statem_core::act(statem_step& step) {
  for (timeout_order& order : step.timeouts) obey(order);
  waiting_.reserve(waiting_.size() + step.events.size());
  for (auto event = step.events.rbegin(); event != step.events.rend(); ++event)
    waiting_.push_back(std::move(*event));
  hibernates_ |= step.hibernates;
}

void statem_core::go_on(server_box& box) noexcept {
  box.timeout = for_ever;
  box.next = next_event();
  box.hibernates = std::exchange(hibernates_, false) && !box.next;
}

continuation statem_core::next_event() noexcept {
  continuation next;
  if (!waiting_.empty()) {
    next = std::move(waiting_.back());
    waiting_.pop_back();
    return next;
  }
  const auto over =
      std::find_if(timers_.begin(), timers_.end(), [](const statem_timer& t) { return !t.timer; });
  if (over == timers_.end()) return next;
  next = std::move(over->event);
  timers_.erase(over);
  return next;
}

void statem_core::obey(timeout_order& order) {
  if (order.what == timeout_order::kind::update) {
    statem_timer* running = find(order.which, order.name);
    if (running != nullptr) {
      running->event = std::move(order.event);
      return;
    }
    order.ns = 0;
  }
  cancel(order.which, order.name);
  if (order.what != timeout_order::kind::cancel) start(order);
}

void statem_core::start(timeout_order& order) {
  timers_.reserve(timers_.size() + 1);
  statem_timer t{order.which, std::move(order.name), std::move(order.event), reference(), 0};
  t.number = ++last_number_;
  if (order.ns != 0)
    t.timer = send_after(duration(order.ns), self(), statem_timer_message{t.number});
  timers_.push_back(std::move(t));
}

void statem_core::cancel(timeout_kind which, const term& name) noexcept {
  statem_timer* found = find(which, name);
  if (found == nullptr) return;
  // Its message may have come already: then nobody knows its number any more.
  if (found->timer) cancel_timer(found->timer);
  timers_.erase(timers_.begin() + (found - timers_.data()));
}

statem_timer* statem_core::find(timeout_kind which, const term& name) noexcept {
  for (statem_timer& t : timers_)
    if (t.which == which && (which != timeout_kind::named || t.name == name)) return &t;
  return nullptr;
}

void refuse_event(std::string_view state, const signal& event) {
  const message_type* type = event.type->message;
  term shown(atom(type->name));
  if (type->to_term != nullptr) shown = type->to_term(event.payload());
  throw exited(exit_reason(tuple(atom("function_clause"), atom(state), shown)));
}

}  // namespace beamish::inline v0::detail
