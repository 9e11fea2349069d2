// SPDX-License-Identifier: Apache-2.0
//
// gen_server: a process that keeps state and answers messages, as OTP's GenServer.
//
// ```cpp
// struct library : beamish::gen_server<library> {
//   struct get_all_books { using reply = std::vector<std::string>; };
//   struct add_book { std::string title; };
//   using messages = beamish::accepts<get_all_books, add_book>;
//
//   std::vector<std::string> books;
//
//   void init(std::vector<std::string> shelf) { books = std::move(shelf); }
//   auto handle_call(get_all_books&) { return books; }
//   void handle_cast(add_book& m) { books.insert(books.begin(), std::move(m.title)); }
// };
//
// std::vector<std::string> shelf{"I love little ponies"};
// auto lib = co_await beamish::start_link<library>({.name = "library"}, shelf);
// lib.cast<library::add_book>("Next to the mountain is a rainbow");
// auto books = co_await lib.call<library::get_all_books>();
// books.size();    //=> 2
// ```
//
// State is the data members; clauses are overloads; guards are `if`. Every callback is optional,
// and may be a coroutine (task<R>): the server then takes no other message, but can still be
// killed.
//
//   init(args...)            void or init_result: ok(), ok().then(x), stop_init(reason), ignore()
//   handle_call(M&)          the reply; or call_result<M>: reply(v), noreply(),
//                            stop_with_reply(reason, v)
//   handle_call(M&, from<M>) void or outcome: the reply comes later, from any process
//   handle_cast(M&)          void or outcome: noreply(), stop(reason), each with .timeout,
//                            .hibernate or .then
//   handle_info(M&)          the same, for messages sent by send(), timers, exits, monitors
//   handle_continue(X&)      the same, before any message that waits
//   terminate(const exit_reason&)    void, and it may take nothing; on stop, on a failing callback,
//                            on the parent's exit if exits are trapped
//   code_change(const term& old, const term& extra)    bool: false keeps the old state
//   format_status() const    term: the state as crash reports and sys show it; without it they
//                            show the members: see sys::inspect. Or it takes and returns a
//                            server_status, to change the last message and the reason, too
//
// Guarantees: one message at a time, in the order of each sender. An exception ends the server:
// terminate runs, links and monitors hear the reason, the caller whose message it was exits with
// it. `messages` lists what may come by pid or name; what isn't listed is logged and ignored, an
// unlisted call is answered {bad_call, name} (or ends the server, with `static constexpr bool
// ends_on_unknown_call = true`). A callback that could never be called, being private or of another
// shape, does not compile.
//
// When not to use it: for state that one process uses alone (a variable), or for a value computed
// once beside the caller (a task).
#pragma once

#include "beamish/otp/call.hpp"
#include "beamish/otp/from.hpp"
#include "beamish/otp/node_calls.hpp"
#include "beamish/otp/outcome.hpp"
#include "beamish/otp/server_callbacks.hpp"
#include "beamish/otp/start.hpp"

namespace beamish::inline v0 {

// The base of every server; it supplies names, no data and no virtual function.
template <class Server>
struct gen_server : detail::server_results<Server> {
  friend bool operator==(const gen_server&, const gen_server&) = default;
};

}  // namespace beamish::inline v0
