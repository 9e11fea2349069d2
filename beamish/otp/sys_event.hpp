// SPDX-License-Identifier: Apache-2.0
//
// What a server that is debugged does: takes a message, answers, has a new state.
//
// ```cpp
// sys::event e{sys::event::kind::reply, term(42), pid{1, 7, 0}, term()};
// sys::text_of(e, "counter");     //=> "*DBG* counter sent 42 to #PID<1.7.0>, new state nil"
// term shown = sys::to_term(e);     //=> {:out, 42, #PID<1.7.0>, nil}
// ```
//
// Mirrors the system events of gen_server: {in, {$gen_call, from, message}}, {in, {$gen_cast, m}},
// {in, message}, {out, answer, to, state}, {noreply, state} and {continue, x}. Guarantees: values,
// which hold copies. What has no term shape is shown by the name of its type. Threads: any. When
// not to use it: see sys.hpp.
// tested in: sys_debug_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "beamish/term/term.hpp"

namespace beamish::inline v0 {

namespace sys {

struct event {
  enum class kind : std::uint8_t {
    call,   // in: `message`, from `client`
    cast,   // in
    info,   // in: any other message, and :timeout
    reply,  // out: `message` is the answer, `client` who gets it
    state,  // a callback has ended without an answer
    other,  // {:continue, x}
  };
  kind what;
  term message;
  pid client;
  term state;  // of reply and state: the new one, as inspect shows it

  bool is_in() const noexcept { return what <= kind::info; }
  bool is_out() const noexcept { return what == kind::reply; }
  friend bool operator==(const event&, const event&) = default;
};

term to_term(const event& e);
// REQUIRES: to_term made it.
event event_from(const term& t);
// The line that a trace prints.
std::string text_of(const event& e, std::string_view server);

}  // namespace sys

namespace detail {

// False: it is done and goes. One that throws goes, too.
struct debug_function {
  virtual ~debug_function() = default;
  virtual bool see(const sys::event& e) = 0;
};

}  // namespace detail
}  // namespace beamish::inline v0
