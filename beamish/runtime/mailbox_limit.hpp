// SPDX-License-Identifier: Apache-2.0
//
// A bound on the messages that wait for one process, and on the bytes that wait in all of a node.
//
// ```cpp
// pid slow = spawn([owner = self()]() -> task<> {
//   limit_mailbox({.messages = 2, .when_full = overflow::reject});
//   send(owner, true);
//   co_await receive<std::string>();         // looks at nothing else
// });
// bool begun = co_await receive<bool>();
// send(slow, 1).accepted();                  //=> true
// send(slow, 2).accepted();                  //=> true
// send(slow, 3).accepted();                  //=> false
// auto info = co_await process_info(slow);
// info->message_queue_len;                   //=> 2
// info->refused_messages;                    //=> 1
// ```
//
// Guarantees: counted is what users send (send, cast, call, send_request and those of a node) from
// when it sets out until its receiver takes it; never more than the limit. Exit signals, DOWN,
// replies, timers, system messages and what a process sends to itself always pass. A call that
// finds no room fails with `mailbox_full`; one to a mailbox whose senders wait is let in in its
// turn, and its time runs meanwhile. Signals of a pair keep their order, except that what always
// passes may pass a message that waits for room: that has not been sent yet, and is never sent if
// its sender ends. Whoever doesn't await a send can't wait: such a message is refused.
//
// Two processes that wait for room in each other's mailbox wait for ever: let one of them call.
// Units: messages; bytes as heap_bytes_of counts them, with the message's own. What waits for the
// library's own servers (supervisors, registries, task handlers) is outside of a node's budget.
// Costs: a message to such a process takes some 30 ns more, to any other none. Threads:
// limit_mailbox acts on the current process. Errors: a limit of 0 is an argument_error.
//
// Mirrors nothing of OTP, whose mailboxes have no bound (nearest: the busy ports of
// erlang:send_nosuspend). When not to use it: where every sender awaits an answer anyway; calls
// bound themselves.
#pragma once

#include <cstdint>

namespace beamish::inline v0 {

// What becomes of a message for which there is no room.
enum class overflow : std::uint8_t {
  reject,  // it is refused: accepted() of the send is false, a call fails
  drop,    // the same, and its sender is not told; a call fails all the same
  wait,    // its sender waits until there is room, if it awaits the send
};

struct mailbox_limit {
  static constexpr std::uint32_t none = ~0u;
  std::uint32_t messages = none;
  overflow when_full = overflow::reject;
};

// From now on this holds for the current process: what is sent from here on counts. Servers are
// given it at their start, too: start_link<s>({.mailbox = {.messages = 100}}).
void limit_mailbox(const mailbox_limit& limit);

// What monitor_high_water brings: the bytes that wait on this node have reached the high water of
// its budget (node_options), or have fallen to seven eighths of that.
struct mailbox_high_water {
  bool reached;
  std::int64_t bytes;
  std::int64_t budget;
};

// The current process is sent a mailbox_high_water at each such change, as a message that always
// passes. It ends with the process. The node's log is told in any case. Mirrors
// erlang:system_monitor.
void monitor_high_water();

}  // namespace beamish::inline v0
