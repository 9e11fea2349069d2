// SPDX-License-Identifier: Apache-2.0
//
// What a server does beside its work while somebody debugs it: counts, remembers, prints, tells.
//
//     note_event(box, {sys::event::kind::cast, message, pid{}, term()});
//
// A server that nobody debugs has none of it: the engine asks for `halt::debugged` where it asks
// for other halts.
// tested in: sys_debug_test.cpp
#pragma once

#include <memory>
#include <string>

#include "beamish/otp/server_box.hpp"
#include "beamish/otp/sys_event.hpp"

namespace beamish::inline v0::detail {

// REQUIRES, of all: called by the server itself.
void note_event(server_box& box, const sys::event& e) noexcept;
// A message is handled next; its end is told by the answer or by note_done.
void note_message(server_box& box, const signal& s) noexcept;
void note_timeout(server_box& box) noexcept;
void note_continue(server_box& box, const signal& value) noexcept;
// The callback has ended.
void note_done(server_box& box) noexcept;

// sys::trace, log and so on; what it returns is the answer.
term change_debugging(server_box& box, const term& what, const term& how);
void install_debug_function(server_box& box, std::string name, std::unique_ptr<debug_function> f);
// The options that are on, for sys::get_status.
term shown_debugging(server_box& box);
// The events that sys::log keeps, as a list.
term logged_events(server_box& box);

}  // namespace beamish::inline v0::detail
