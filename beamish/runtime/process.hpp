// SPDX-License-Identifier: Apache-2.0
//
// What a process can do: find itself and others, link, monitor, exit, keep a dictionary.
//
// ```cpp
// pid worker = spawn([]() -> task<> { co_await receive<int>(); });
// reference ref = monitor(worker);
// alive(worker);           //=> true
// exit(worker, exit_reason::shutdown());
// auto down = co_await receive<down_message>();
// down.id == ref;          //=> true
// inspect(down.reason);    //=> ":shutdown"
// ```
//
// Guarantees: what one process sends to another arrives in the order in which it was sent, messages
// and exit signals alike; only `kill` and system messages may overtake. Between different senders
// there is no order. A death is told once to each link and each monitor, behind everything that the
// dead process had sent.
//
// Errors: these functions act on the current process and throw std::logic_error where there is
// none. Sending to a process that has ended is no error. A name that nobody holds, or a name that
// can't be registered, is an argument_error. Threads: a worker or the thread of a thread body;
// `alive` may be called from any thread.
//
// Mirrors Elixir's Process module and self/0, send/2, exit/1 of Kernel. When not to use it: from a
// thread that runs no process (the members of `node` do that), or for a request that wants an
// answer (call, in otp/call.hpp).
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "beamish/runtime/destination.hpp"
#include "beamish/runtime/exit_reason.hpp"
#include "beamish/runtime/message.hpp"
#include "beamish/runtime/send_token.hpp"
#include "beamish/runtime/signals.hpp"

namespace beamish::inline v0 {

// The current process. Mirrors self/0.
pid self();
// True until the process's death can be observed. Works from any thread. Mirrors Process.alive?/1.
bool alive(pid p) noexcept;

namespace detail {
send_outcome send_signal(const destination& to, signal* message, bool has_codec);
template <class M>
signal* passing(signal* message) noexcept {
  if constexpr (always_passes<M>)
    message->flags = static_cast<std::uint16_t>(message->flags | signal_passes);
  return message;
}
[[noreturn]] void refuse_transfer(const message_type& type);
}  // namespace detail

// Sends `message` (moved or copied in). To a dead process: dropped without a word. To a name that
// nobody holds on this node: argument_error. To {name, node}: dropped if there is no such process.
// The result need not be looked at. Mirrors send/2.
template <class M>
detail::send_token_for<M&&> send(const destination& to, M&& message) {
  using type = std::decay_t<M>;
  return detail::send_token_for<M&&>(
      detail::send_signal(to,
                          detail::passing<type>(detail::make_node<type>(detail::plain_type<type>,
                                                                        std::forward<M>(message))),
                          has_codec<type>));
}
// The same, with the message built in place: send<add_book>(library, "A title").
template <class M, class... Args>
  requires(!std::is_reference_v<M>)
detail::send_token_for<Args&&...> send(const destination& to, Args&&... args) {
  using token = detail::send_token_for<Args&&...>;
  constexpr bool makes_one = detail::makes_message<M, Args&&...>;
  static_assert(makes_one,
                "these arguments don't make this message: give its fields, in their order");
  if constexpr (makes_one)
    return token(detail::send_signal(to,
                                     detail::passing<M>(detail::make_node<M>(
                                         detail::plain_type<M>, std::forward<Args>(args)...)),
                                     has_codec<M>));
  else
    return token();
}
// Says what is wrong with what is no destination. (The int keeps send<add_book>(...) out.)
template <int = 0, class To, class M>
  requires(!std::is_convertible_v<const To&, destination>)
void send(const To&, M&&) {
  constexpr bool leads_somewhere = std::is_convertible_v<const To&, destination>;
  static_assert(leads_somewhere,
                "send(to, message): `to` must be a pid, a server, a name, an on_node or a via");
}

// Ends the current process with `reason`, unless somebody catches `exited`. Mirrors exit/1.
[[noreturn]] void exit(exit_reason reason);
[[noreturn]] void exit(term reason);
// Sends an exit signal. `kill` can't be trapped; `normal` only ends the caller itself. One to the
// current process ends it before the call returns, unless it is trapped. Mirrors exit/2.
void exit(pid to, const exit_reason& reason);
void exit(pid to, term reason);

// From now on exit signals arrive as exit_message, but for `kill`. Returns the setting before.
// Mirrors Process.flag(:trap_exit, _).
bool trap_exits(bool on);

// Both die together, unless one traps exits or ends normally. Twice is once. To a dead process: an
// exit signal `noproc`. Mirrors Process.link/1.
void link(pid peer);
// When it returns, no exit signal of that link is delivered any more. Mirrors Process.unlink/1.
void unlink(pid peer);

// Exactly one down_message follows: when the process ends, or at once (`noproc`) if there is none.
// Mirrors Process.monitor/1.
reference monitor(const destination& of);
// The reference is an alias, too: `reply_demonitor` ends the monitor with the first message by it.
reference monitor(const destination& of, alias_kind alias);
// No down_message of that monitor is delivered from now on; with `flush` also one that already was.
// True if the monitor was still active. Mirrors Process.demonitor/2.
bool demonitor(const reference& id, bool flush = false);

// One name per process, one process per name: argument_error otherwise. Mirrors Process.register/2.
void register_name(std::string_view name, pid holder);
void register_name(std::string_view name);  // the current process
void unregister_name(std::string_view name);
// The process of that name on this node; empty if nobody holds it. Mirrors Process.whereis/1.
pid whereis(std::string_view name);
std::vector<std::string> registered();  // sorted

// All processes of this node, by id. A picture of a moment: some may be gone already.
std::vector<pid> processes();

// A name for people (inspection, crash reports): any term. Mirrors Process.set_label/1.
void set_label(term label);
// Who spawned this process, nearest first. Mirrors the $ancestors of proc_lib.
std::vector<pid> ancestors();

// A unique reference. Mirrors make_ref/0.
reference make_reference();

// The process's private notebook. Mirrors Process.put/get/delete.
namespace process_dictionary {
std::optional<term> put(const term& key, term value);  // what was there before
std::optional<term> get(const term& key);
std::optional<term> erase(const term& key);
std::vector<std::pair<term, term>> all();
}  // namespace process_dictionary

}  // namespace beamish::inline v0
