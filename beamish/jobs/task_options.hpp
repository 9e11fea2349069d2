// SPDX-License-Identifier: Apache-2.0
//
// What can be said of one task: when it may start, what it takes, and what follows a failure.
//
// ```cpp
// task_options o{.priority = 1, .retries = 3, .label = "thumbnails"};
// o.weight;                      //=> 1
// o.timeout == infinity;         //=> true
// auto handler = co_await task_handler::start_link();
// auto job = handler.submit([] { return 6 * 7; }, o);
// auto response = co_await job;
// *response;                     //=> 42
// ```
//
// Guarantees: a higher priority goes first, and equal ones in the order in which they were added.
// A task takes `weight` of the handler's slots; those behind it wait until it fits, so none
// starves, and one that is heavier than the limit runs alone. After `timeout` a run is told to end
// with the reason `timeout`. A run that fails is tried again `retries` times at most, behind those
// that wait, after pauses as `backoff` says; meanwhile its slots are free. As long as a task with a
// `key` is waiting, running or pausing, another with the same key is refused.
//
// Units: durations are std::chrono's. `at` is a time of the system's clock, taken when the task is
// added; of `delay` and `at` the later counts. Errors: a weight of 0 and negative times are an
// argument_error of who gives them. Threads: a value, trivially destructible, so that it can be
// written in place; the texts are copied when the task is added.
//
// OTP has no such thing; the words are those of Elixir's job queues. When not to use it: for what
// is the same for all tasks of a handler (task_handler_options).
// tested in: task_options_test.cpp
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "beamish/otp/child_spec.hpp"

namespace beamish::inline v0 {

// The pauses before further attempts: `first`, then twice as long each time, up to `max`; longer or
// shorter by a random part of at most `jitter`.
using task_backoff = restart_backoff;

struct task_options {
  std::int64_t priority = 0;
  std::size_t weight = 1;
  duration timeout = infinity;
  std::uint32_t retries = 0;
  task_backoff backoff = {};
  duration delay = {};
  std::chrono::system_clock::time_point at = {};  // by default at once
  std::string_view key = {};                      // empty: none
  std::string_view label = {};                    // for people: events, and the process's label
};

namespace detail {

// What a task keeps of its options.
struct task_settings {
  std::int64_t priority = 0;
  std::size_t weight = 1;
  duration timeout = infinity;
  std::uint32_t retries = 0;
  task_backoff backoff = {};
  duration delay = {};
  std::string key = {};
  std::string label = {};
};

// Throws argument_error.
task_settings settings_of(const task_options& o);

}  // namespace detail
}  // namespace beamish::inline v0
