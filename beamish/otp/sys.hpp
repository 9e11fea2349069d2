// SPDX-License-Identifier: Apache-2.0
//
// System messages: stop, suspend and look into a running server.
//
//     co_await stop("library");                            // runs terminate, returns at the end
//     term state = co_await sys::get_state("library");     // what format_status shows
//     co_await sys::suspend("library");                    // only system messages until resume
//
// They are handled between two messages. The caller exits with {reason, {sys, function, [server]}}
// if the server is not there, ends, fails to answer, or takes longer than `limit`; a process that
// is no server never answers, as in OTP. Mirrors GenServer.stop/3 and :sys.
// tested in: sys_test.cpp
#pragma once

#include "beamish/otp/call.hpp"
#include "beamish/runtime/exit_reason.hpp"
#include "beamish/runtime/task.hpp"

namespace beamish::inline v0 {

namespace detail {

struct system_request {
  enum class kind : std::uint8_t { terminate, suspend, resume, get_state, code_change };
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
// What format_status returns; without it what a to_term(const Server&) beside the server gives, or
// else only the server's type.
task<term> get_state(destination server, duration limit = default_call_timeout);
// Calls code_change(old, extra) of a suspended server; false if it refused. One that throws keeps
// its state, and the caller exits with the reason.
task<bool> change_code(destination server, term old, term extra,
                       duration limit = default_call_timeout);

}  // namespace sys
}  // namespace beamish::inline v0
