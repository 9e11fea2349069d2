// SPDX-License-Identifier: Apache-2.0
//
// Deadlines: the time for a call, and for all calls that are made to answer it.
//
// ```cpp
// struct shelf : gen_server<shelf> {
//   struct count { using reply = int; };
//   using messages = accepts<count>;
//   task<int> handle_call(count&) {
//     co_await beamish::sleep(std::chrono::seconds(1));
//     co_return 3;
//   }
// };
// struct library : gen_server<library> {
//   struct count { using reply = int; };
//   using messages = accepts<count>;
//   server<shelf> books;
//   void init(server<shelf> s) { books = s; }
//   task<int> handle_call(count&) {
//     co_return co_await books.call<shelf::count>();      // has 20 ms, not 5 s
//   }
// };
// auto s = co_await start<shelf>();
// auto lib = co_await start<library>(s);
// auto n = co_await lib.try_call<library::count>(deadline(std::chrono::milliseconds(20)));
// n.ok();                          //=> false
// auto left = deadline_left();     // this process serves nobody's deadline
// left.has_value();                //=> false
// ```
//
// `deadline(d)` stands where `within(d)` may stand in call, try_call and their blocking forms.
//
// Guarantees: a callback that serves such a call has at most what is left for each call that it
// makes, whatever its own limit says, and passes the same deadline on. A request that is still
// queued when its deadline has passed is dropped before its callback runs: its caller has gone. A
// call with no time left fails at once and is not sent. Casts, messages, send_request, tasks and
// spawned processes don't inherit: nobody's wait ends with theirs. Nor does what a server does
// later, after the callback has returned with the `from` still open.
//
// Units: std::chrono durations by the node's clock; `infinity` is none. Costs: nothing where no
// deadline is used. Errors: the caller's reason is that of a timeout, with the limit that it gave.
// Threads: any process.
//
// OTP has no such thing: there each call has 5 s of its own, and a server works through requests
// whose callers have gone. When not to use it: for work that must be done although its caller has
// given up.
#pragma once

#include <optional>

#include "beamish/otp/call.hpp"

namespace beamish::inline v0 {

// A limit for a call and all that is called for it.
constexpr within deadline(duration d) noexcept {
  within limit(d);
  limit.passes_on = true;
  return limit;
}

// What is left for the request that the current process serves, zero if it has passed; empty if
// that has no deadline. REQUIRES: nothing; empty where no process runs.
std::optional<duration> deadline_left();

}  // namespace beamish::inline v0
