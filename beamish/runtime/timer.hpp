// SPDX-License-Identifier: Apache-2.0
//
// send_after: a message to be sent later, that can be taken back.
//
// ```cpp
// send_after(std::chrono::milliseconds(1), self(), std::string("wake up"));
// auto text = co_await receive<std::string>();     //=> "wake up"
// reference timer = send_after(std::chrono::hours(1), self(), 42);
// read_timer(timer) <= std::chrono::hours(1);      //=> true
// cancel_timer(timer).has_value();                 //=> true
// cancel_timer(timer).has_value();                 //=> false
// ```
//
// Guarantees: never early; delivered once; after cancel_timer returned a time the message never
// arrives. A timer to a pid ends with that process; a name is looked up when the timer fires, and
// if nobody holds it then the message is dropped.
//
// Units: any std::chrono duration, by the node's monotonic clock; the time that was left is in
// whole milliseconds, rounded up. Errors: a negative delay is an argument_error, and like
// everything here it is std::logic_error where no process runs. Threads: any process of the node
// may cancel or read.
//
// Mirrors Process.send_after/3, cancel_timer/1 and read_timer/1. When not to use it: to wait in the
// middle of a coroutine (sleep), or to limit a call (within) or a receive (its timeout).
// tested in: timers_test.cpp
#pragma once

#include <chrono>
#include <optional>

#include "beamish/runtime/destination.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/timer_record.hpp"

namespace beamish::inline v0 {

namespace detail {
// Takes the record.
reference send_signal_after(duration delay, const destination& to, timer_record* record);
}  // namespace detail

template <class M>
reference send_after(duration delay, const destination& to, M&& message) {
  using type = std::decay_t<M>;
  return detail::send_signal_after(delay, to, detail::make_timed<type>(std::forward<M>(message)));
}

// What was left, rounded up to whole milliseconds; nothing if it has fired or was cancelled before.
// Any process of the node may cancel.
std::optional<std::chrono::milliseconds> cancel_timer(const reference& timer);
std::optional<std::chrono::milliseconds> read_timer(const reference& timer);

// The monotonic clock of this node: virtual in a simulated world.
std::chrono::nanoseconds now();

}  // namespace beamish::inline v0
