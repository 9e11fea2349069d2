// SPDX-License-Identifier: Apache-2.0
// tested in: sys_debug_test.cpp
#include "beamish/otp/sys_event.hpp"

#include "beamish/term/inspect.hpp"

namespace beamish::inline v0::sys {

term to_term(const event& e) {
  switch (e.what) {
    case event::kind::call:
      return tuple(atom("in"), tuple(atom("$gen_call"), e.client, e.message));
    case event::kind::cast:
      return tuple(atom("in"), tuple(atom("$gen_cast"), e.message));
    case event::kind::info:
      return tuple(atom("in"), e.message);
    case event::kind::reply:
      return tuple(atom("out"), e.message, e.client, e.state);
    case event::kind::state:
      return tuple(atom("noreply"), e.state);
    case event::kind::other:
      break;
  }
  return e.message;
}

event event_from(const term& t) {
  const auto parts = t.elements();
  if (parts.size() == 4) return {event::kind::reply, parts[1], *parts[2].as_pid(), parts[3]};
  if (parts[0].is_atom("noreply")) return {event::kind::state, term(), pid{}, parts[1]};
  if (!parts[0].is_atom("in")) return {event::kind::other, t, pid{}, term()};
  const auto inner = parts[1].elements();
  if (inner.size() == 3 && inner[0].is_atom("$gen_call"))
    return {event::kind::call, inner[2], *inner[1].as_pid(), term()};
  if (inner.size() == 2 && inner[0].is_atom("$gen_cast"))
    return {event::kind::cast, inner[1], pid{}, term()};
  return {event::kind::info, parts[1], pid{}, term()};
}

std::string text_of(const event& e, std::string_view server) {
  const std::string begin = "*DBG* " + std::string(server);
  const std::string what = inspect(e.message);
  switch (e.what) {
    case event::kind::call:
      return begin + " got call " + what + " from " + inspect(term(e.client));
    case event::kind::cast:
      return begin + " got cast " + what;
    case event::kind::info:
      return begin + " got " + what;
    case event::kind::reply:
      return begin + " sent " + what + " to " + inspect(term(e.client)) + ", new state " +
             inspect(e.state);
    case event::kind::state:
      return begin + " new state " + inspect(e.state);
    case event::kind::other:
      break;
  }
  return begin + " dbg " + what;
}

}  // namespace beamish::inline v0::sys
