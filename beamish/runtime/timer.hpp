// SPDX-License-Identifier: Apache-2.0
//
// send_after: a message to be sent later, that can be taken back.
//
//     auto timer = send_after(100ms, self(), check_tasks{});
//     cancel_timer(timer);            // the time that was left, or nothing if it was too late
//
// Guarantees: never early; delivered once; after cancel_timer returned a time the message never
// arrives. A timer to a pid ends with that process; a name is looked up when the timer fires, and
// if nobody holds it then the message is dropped. Mirrors Process.send_after/3, cancel_timer/1,
// read_timer/1.
// tested in: timers_test.cpp
#pragma once

#include <chrono>
#include <optional>

#include "beamish/runtime/destination.hpp"
#include "beamish/runtime/message.hpp"
#include "beamish/runtime/receive.hpp"

namespace beamish::inline v0 {

namespace detail {
reference send_signal_after(duration delay, const destination& to, signal* message);
}

template <class M>
reference send_after(duration delay, const destination& to, M&& message) {
  using type = std::decay_t<M>;
  return detail::send_signal_after(
      delay, to, detail::make_node<type>(detail::plain_type<type>, std::forward<M>(message)));
}

// What was left, rounded up to whole milliseconds; nothing if it has fired or was cancelled before.
// Any process of the node may cancel.
std::optional<std::chrono::milliseconds> cancel_timer(const reference& timer);
std::optional<std::chrono::milliseconds> read_timer(const reference& timer);

// The monotonic clock of this node: virtual in a simulated world.
std::chrono::nanoseconds now();

}  // namespace beamish::inline v0
