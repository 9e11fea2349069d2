// SPDX-License-Identifier: Apache-2.0
//
// task_event: what becomes of the tasks of a handler, told to whoever subscribed.
//
// ```cpp
// auto handler = co_await task_handler::start_link();
// co_await handler.subscribe();
// handler.add_task([] {}, {.label = "nothing"});
// auto first = co_await receive<task_event>();
// first.what == task_event::kind::queued;       //=> true
// auto second = co_await receive<task_event>();
// to_term(second);    //=> %{attempt: 1, id: 1, label: "nothing", number: 2, what: :started}
// ```
//
// Guarantees: all events of a handler come in one order, numbered from 1; a subscriber gets all
// from the moment when subscribe returned. Each task that was taken has one last event: finished
// (its reason is `normal`, or why it failed), cancelled, timed_out, or lost (it was taken, and the
// handler or what ran it ended before it was over). Nobody waits for a subscriber: one that is slow
// has a long mailbox. After a supervised handler was started anew the numbers go on; then two
// events may overtake each other, which the numbers show.
//
// Units: `at` is monotonic_time, virtual in a simulated world. Threads: a value. Errors: none. Like
// Elixir's :telemetry. When not to use it: to wait for one task (submit).
// tested in: task_events_test.cpp
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "beamish/runtime/exit_reason.hpp"

namespace beamish::inline v0 {

struct task_event {
  enum class kind : std::uint8_t {
    queued,
    started,
    progress,  // `value`: what it reported
    retried,   // `reason`: of the attempt that failed; `attempt`: the next one, which is queued
    finished,  // `reason`: normal, or why it failed for the last time
    cancelled,
    timed_out,
    lost,  // `reason`: of what ended
  };

  kind what = kind::queued;
  std::uint64_t number = 0;
  std::uint64_t id = 0;
  std::uint32_t attempt = 1;
  std::string label = {};
  std::chrono::nanoseconds at{};
  exit_reason reason = exit_reason::normal();
  term value = {};

  // Whether it is the last one of its task.
  bool is_last() const noexcept { return what >= kind::finished; }
  term as_term() const;
  friend term to_term(const task_event& e) { return e.as_term(); }
};

std::string_view name_of(task_event::kind k) noexcept;  // "queued", "timed_out", …

}  // namespace beamish::inline v0
