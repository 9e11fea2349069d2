// SPDX-License-Identifier: Apache-2.0
//
// A look at another process, for a report about its neighbour: who it is and where it waits.
//
//     process_look peer = look_at(p);
//     peer.state;       // waits, busy or gone
//     peer.stack;       // of one that waits: the coroutines that wait, innermost first
//
// A process that waits with an empty mailbox is held for the moment of the look, as a call that
// runs inline holds its server; so nothing of it changes meanwhile, and whatever comes is handled
// afterwards. Of one that is busy, and of the thread of a thread body, only the name is known.
// tested in: look_test.cpp
#pragma once

#include <source_location>
#include <string>
#include <vector>

#include "beamish/runtime/exit_reason.hpp"
#include "beamish/term/identifiers.hpp"

namespace beamish::inline v0::detail {

struct request_base;

struct process_look {
  enum class state_kind : std::uint8_t { gone, busy, waits };
  pid process;
  state_kind state = state_kind::gone;
  std::string registered_name;
  std::string initial_call;  // this and what follows: only of one that waits
  std::string waits_for;
  std::vector<code_place> stack;  // where it waits, if that is known
  std::size_t mailbox_length = 0;
  bool trap_exit = false;
};

// `asks`: the call that it waits for may be running inside it, on this worker.
process_look look_at(pid process, const request_base* asks = nullptr);
std::string_view name_of(process_look::state_kind state) noexcept;
// With the name of the file, without the way to it.
code_place place_of(const std::source_location& at);

}  // namespace beamish::inline v0::detail
