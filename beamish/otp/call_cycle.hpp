// SPDX-License-Identifier: Apache-2.0
//
// Cycles of calls: servers of one node that wait for each other's replies and would do so until a
// timeout.
//
//     publish_call(caller, w);    // a server has suspended in a call: closes a cycle or doesn't
//
// A server that suspends in a call publishes whom it calls, then follows what others published. If
// that leads back to itself, a probe goes round by the mailboxes, twice: each server looks whether
// it waits in a call and whether it still has the request of the one before, in its queue or in its
// callback. The same calls seen in both rounds have all existed at the moment between them: that is
// a cycle, and whoever suspended last exits {calling_cycle, pids}.
//
// If the `from` of one of the requests was handed to the user's code, anybody may answer it: such a
// cycle is only suspected, and after a second it is written to the log.
//
// Cost: a call that is answered inline publishes nothing, and neither does the call of a process
// that is no server: nobody can wait for its reply.
#pragma once

#include "beamish/runtime/request.hpp"

namespace beamish::inline v0::detail {

// Longer ones are not found.
constexpr std::size_t longest_call_cycle = 64;

// REQUIRES: the caller is a server that has just begun to wait for the reply of one of its node.
void publish_call(process_slot& caller, call_waiter& w) noexcept;

// The reason of the call that closed a cycle: {calling_cycle, [pid, ...]}, each calls the next and
// the last the first, who is the current process. REQUIRES: call_waiter::in_cycle.
exit_reason take_cycle();

}  // namespace beamish::inline v0::detail
