// SPDX-License-Identifier: Apache-2.0
//
// The messages that the runtime itself sends: DOWN of a monitor and EXIT of a trapped exit signal.
//
//     auto ref = monitor(worker);
//     auto down = co_await receive<down_message>();   // down.id == ref, down.reason tells why
//
// Order: they arrive behind everything that the dead process had sent to the receiver.
// tested in: relations_test.cpp
#pragma once

#include "beamish/runtime/exit_reason.hpp"
#include "beamish/term/identifiers.hpp"

namespace beamish::inline v0 {

// When an alias ends, but for unalias: never; with the first message by it; of a monitor: with the
// monitor (by demonitor or its DOWN), or also with the first message, which ends the monitor, too.
enum class alias_kind : std::uint8_t { explicit_unalias, reply, demonitor, reply_demonitor };

// {:DOWN, ref, :process, object, reason}. Mirrors Process.monitor/1.
struct down_message {
  reference id;
  pid process;
  exit_reason reason;
  // {name, node} if a name was monitored; nil otherwise.
  term name_and_node;

  // What was monitored, as OTP shows it: {name, node} or the pid.
  term object() const { return name_and_node == term() ? term(process) : name_and_node; }
};

// {:EXIT, from, reason}: what a link or exit() brings to a process that traps exits.
struct exit_message {
  pid from;
  exit_reason reason;
};

}  // namespace beamish::inline v0
