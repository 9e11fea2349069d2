// SPDX-License-Identifier: Apache-2.0
//
// System messages: stop, suspend and look into a running server.
//
// ```cpp
// struct counter : gen_server<counter> {
//   struct add { int amount; };
//   using messages = accepts<add>;
//   int sum = 0;
//   void handle_cast(add& m) { sum += m.amount; }
// };
// auto c = co_await start<counter>({.name = "counter"});
// co_await sys::suspend("counter");                        // only system messages until resume
// cast<counter::add>("counter", 3);
// term before = co_await sys::get_state("counter");        //=> %Counter{sum: 0}
// co_await sys::resume("counter");
// term after = co_await sys::get_state("counter");         //=> %Counter{sum: 3}
// co_await stop("counter");                                // runs terminate, returns at the end
// alive(c.process());                                      //=> false
// ```
//
// Guarantees: they are handled between two messages. What waits while a server is suspended keeps
// its order; stop and the parent's exit end it also then.
//
// Units: limits are std::chrono durations: 5 s, for stop without end. Errors: the caller exits with
// {reason, {sys, function, [server]}} if the server is not there, ends, fails to answer, or takes
// longer than the limit; a process that is no server never answers, as in OTP. Threads: await them
// in a coroutine of a process.
//
// Mirrors GenServer.stop/3 and :sys. When not to use it: get_state for the program's logic; give
// the server a call for that.
// tested in: sys_test.cpp
#pragma once

#include "beamish/otp/call.hpp"
#include "beamish/runtime/exit_reason.hpp"
#include "beamish/runtime/task.hpp"

namespace beamish::inline v0 {

namespace detail {

struct system_request {
  enum class kind : std::uint8_t { terminate, suspend, resume, pry_next, get_state, code_change };
  kind what;
  pid from;
  reference id;
  exit_reason reason;  // of terminate
  term argument;
  term extra;
};
struct system_answer {
  reference id;
  bool ok;  // false: `value` is the reason
  term value;
};

}  // namespace detail

// Ends the server with `reason` and waits for it. The caller exits with {why, {gen_server, stop,
// [server, reason, ms]}} if the server was not there (noproc), ended with another reason, took
// longer than `limit`, or is the caller itself (calling_self).
task<> stop(destination server, exit_reason reason = exit_reason::normal(),
            duration limit = infinity);

namespace sys {

task<> suspend(destination server, duration limit = default_call_timeout);
task<> resume(destination server, duration limit = default_call_timeout);
// The server stops before its next message, for a person at the terminal: see pry.hpp.
task<> pry_next(destination server, duration limit = default_call_timeout);
// What format_status returns; without it what a to_term(const Server&) beside the server gives, or
// else its members, as %Library{books: []}. Of a server whose members can't all be seen only the
// type, as #library: one with constructors, private members, more than 24 of them, references,
// bit fields, C arrays or unions.
task<term> get_state(destination server, duration limit = default_call_timeout);
// Calls code_change(old, extra) of a suspended server; false if it refused. One that throws keeps
// its state, and the caller exits with the reason.
task<bool> change_code(destination server, term old, term extra,
                       duration limit = default_call_timeout);

}  // namespace sys
}  // namespace beamish::inline v0
