// SPDX-License-Identifier: Apache-2.0
//
// What a server was doing when a call to it ran out of time.
//
// ```cpp
// struct clerk : gen_server<clerk> {
//   struct sort { using reply = int; };
//   using messages = accepts<sort>;
//   task<int> handle_call(sort&) {
//     co_await beamish::sleep(std::chrono::seconds(10));
//     co_return 1;
//   }
// };
// auto c = co_await start<clerk>();
// auto sorted = co_await c.try_call<clerk::sort>(within(std::chrono::milliseconds(5)));
// const server_activity* was = sorted.reason().server_was();
// was->callback;       //=> "handle_call"
// was->message;        //=> "sort"
// was->waits_for;      //=> "time to pass"
// ```
//
// The reason itself stays OTP's {timeout, {gen_server, call, [...]}}. This comes beside it: as a
// value by exit_reason::server_was(), and in the crash report of a caller that ends by it.
//
// Guarantees: it costs nothing until a call has run out of time, and never waits. A server that
// waits (for a message, or inside of a callback that is a coroutine) is seen exactly; of one whose
// callback is running at that moment the callback and the message are known, and not how many
// messages wait. Units: `since` is a duration by the node's clock; in the real world it is read
// every 2 ms while anything runs. Errors: a server that has ended, or that is of a node that has,
// is `gone`. Threads: a value.
//
// OTP has no such thing. When not to use it: in the program's logic, since it is old when it
// arrives.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "beamish/runtime/exit_reason.hpp"
#include "beamish/term/identifiers.hpp"

namespace beamish::inline v0 {

struct server_activity {
  enum class kind : std::uint8_t {
    idle,       // waits for messages: it has the request, and somebody owes the answer
    inside,     // in a callback: running, or waiting for `waits_for`
    ready,      // has something to do, and no worker has come to it yet
    suspended,  // by sys::suspend
    answered,   // too late
    gone,       // has ended
    no_server,  // a process of another kind: nobody there takes calls
  };
  kind what = kind::gone;
  pid process;
  std::string initial_call;  // "library"
  // Of `inside`: "handle_call", and the message's type, if there is one.
  std::string callback;
  std::string message;
  std::chrono::nanoseconds since{0};
  // What it waits for, as process_info says it, and of whom, if it waits for a reply. Empty: it
  // runs.
  std::string waits_for;
  pid waits_for_reply_of;
  // Empty if that can't be known from outside.
  std::optional<std::size_t> message_queue_len;
  // How long the caller waited, and whether that was what a deadline had left: otp/deadline.hpp.
  std::chrono::nanoseconds waited{0};
  bool by_deadline = false;
};

// One sentence for people.
std::string inspect(const server_activity& activity);

namespace detail {

struct message_type;
struct signal;

// What a late call leaves behind beside its reason.
struct late_call_info : reason_info {
  late_call_info() noexcept : reason_info(source::late_call) {}
  server_activity server;
};

enum class callback_kind : std::uint8_t { init, call, cast, info, proceed, timeout, end, pry };

// For body_type::describe: what the server is inside of. `type` may be null.
struct server_activity_view {
  server_activity::kind what = server_activity::kind::idle;
  callback_kind callback = callback_kind::info;
  const message_type* message = nullptr;
  std::int64_t began = 0;
  const signal* current = nullptr;  // what the server is handling and still has
};

// Looks at a process from outside, without waiting for it. Throws bad_alloc.
server_activity activity_of(pid p);
// How a call came to be too late.
struct lateness {
  std::chrono::nanoseconds waited{0};
  bool by_deadline = false;  // the time was what a deadline had left
  bool answered = false;     // the answer is there, and came too late
};
// The reason of a call to `p` that waited in vain.
exit_reason late_call(term value, pid p, const lateness& how);

}  // namespace detail
}  // namespace beamish::inline v0
