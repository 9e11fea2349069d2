// SPDX-License-Identifier: Apache-2.0
//
// System messages: look into a running server, change it, watch it, suspend it, end it.
//
// ```cpp
// struct counter : gen_server<counter> {
//   struct add { int amount; };
//   using messages = accepts<add>;
//   int sum = 0;
//   void handle_cast(add& m) { sum += m.amount; }
// };
// auto c = co_await start<counter>({.name = "counter"});
// co_await sys::suspend("counter");                         // only system messages until resume
// cast<counter::add>("counter", 3);
// term before = co_await sys::inspect("counter");           //=> %Counter{sum: 0}
// auto twice = [](counter& s) { s.sum = 20; };
// co_await sys::replace_state<counter>("counter", twice);
// co_await sys::resume("counter");
// auto state = co_await sys::get_state<counter>("counter");
// state.sum;                                                //=> 23
// co_await sys::log("counter", 10);                         // the last 10 events are kept
// cast<counter::add>("counter", 1);
// auto events = co_await sys::get_log("counter");
// events.size();                                            //=> 2
// sys::text_of(events[0], "counter");                       //=> "*DBG* counter got cast {:add, 1}"
// co_await stop("counter");                                 // runs terminate, returns at the end
// alive(c.process());                                       //=> false
// ```
//
// They work on every server: gen_server, agent, supervisors. Guarantees: they are handled between
// two messages, also while the server is idle, hibernates or is suspended. What waits while it is
// suspended keeps its order; stop, terminate and the parent's exit end it also then. A server that
// nobody debugs pays nothing for it; calls to one that somebody does are always queued.
//
// Units: limits are std::chrono durations: 5 s, for stop without end. Errors: the caller exits with
// {reason, {sys, function, [server]}} if the server is not there, ends, fails to answer, or takes
// longer than the limit; a process that is no server never answers, as in OTP. Functions that sys
// runs inside a server, and debug functions, work only on the same node. Threads: await them in a
// coroutine of a process.
//
// Mirrors :sys and GenServer.stop/3. When not to use it: inspect and get_state for the program's
// logic; give the server a call for that.
// tested in: sys_test.cpp
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "beamish/otp/call.hpp"
#include "beamish/otp/sys_event.hpp"
#include "beamish/otp/sys_messages.hpp"
#include "beamish/otp/task_beside.hpp"
#include "beamish/runtime/exit_reason.hpp"
#include "beamish/runtime/task.hpp"

namespace beamish::inline v0 {

// Ends the server with `reason` and waits for it. The caller exits with {why, {gen_server, stop,
// [server, reason, ms]}} if the server was not there (noproc), ended with another reason, took
// longer than `limit`, or is the caller itself (calling_self).
task<> stop(destination server, exit_reason reason = exit_reason::normal(),
            duration limit = infinity);

namespace detail {

// Runs the job inside the server; its failure exits the caller.
task<std::unique_ptr<server_job>> run_inside(destination server, const char* function,
                                             std::unique_ptr<server_job> job, duration limit);
// The state that a function for an S may have; exits with {wrong_state, ...} if it is another.
void* state_for(server_box& box, const message_type& wanted);
// What is caught now, as {callback_failed, reason}.
[[noreturn]] void throw_callback_failed();

template <class S, class F>
inline constexpr bool can_replace = [] {
  if constexpr (std::is_invocable_v<F&, S&>)
    return std::is_void_v<std::invoke_result_t<F&, S&>> ||
           std::is_same_v<std::invoke_result_t<F&, S&>, S>;
  else
    return false;
}();

// `Function`: of S&, gives what the caller gets.
template <class S, class Function>
struct state_job final : server_job {
  using R = std::invoke_result_t<Function&, S&>;
  template <class G>
  explicit state_job(G&& f) : function(std::forward<G>(f)) {}
  void run(server_box& box) override {
    S& state = *static_cast<S*>(state_for(box, state_type_of<S>));
    if constexpr (std::is_void_v<R>)
      function(state);
    else
      result.emplace(function(state));
  }
  Function function;
  std::optional<std::conditional_t<std::is_void_v<R>, bool, std::remove_cvref_t<R>>> result;
};

template <class Job>
task<std::remove_cvref_t<typename Job::R>> result_of(task<std::unique_ptr<server_job>> running) {
  auto done = co_await running;
  if constexpr (!std::is_void_v<typename Job::R>)
    co_return std::move(*static_cast<Job&>(*done).result);
}

template <class S>
struct copy_of_state {
  S operator()(S& state) const { return state; }
};
// Works on a copy: if it fails, nothing has changed.
template <class S, class F>
struct replacing {
  S operator()(S& state) {
    S fresh(state);
    try {
      if constexpr (std::is_void_v<std::invoke_result_t<F&, S&>>)
        function(fresh);
      else
        fresh = function(fresh);
    } catch (...) {
      throw_callback_failed();
    }
    state = std::move(fresh);
    return state;
  }
  F function;
};

template <class F>
inline constexpr bool is_debug_function = [] {
  if constexpr (std::is_invocable_v<F&, const sys::event&>) {
    using R = std::invoke_result_t<F&, const sys::event&>;
    return std::is_void_v<R> || std::is_same_v<R, bool>;
  } else {
    return false;
  }
}();
template <class F>
struct debug_function_of final : debug_function {
  template <class G>
  explicit debug_function_of(G&& f) : function(std::forward<G>(f)) {}
  bool see(const sys::event& e) override {
    if constexpr (std::is_void_v<std::invoke_result_t<F&, const sys::event&>>)
      return function(e), true;
    else
      return function(e);
  }
  F function;
};
task<> install_debug(destination server, std::string name, std::unique_ptr<debug_function> f,
                     duration limit);

}  // namespace detail

namespace sys {

task<> suspend(destination server, duration limit = default_call_timeout);
task<> resume(destination server, duration limit = default_call_timeout);
// The server stops before its next message, for a person at the terminal: see pry.hpp.
task<> pry_next(destination server, duration limit = default_call_timeout);
// Asks it to end with `reason`, through its terminate; does not wait for that, as stop does.
task<> terminate(destination server, exit_reason reason, duration limit = default_call_timeout);
// Calls code_change(old, extra) of a suspended server, which changes its members in place; false if
// it refused. A code_change that throws leaves what it has changed, the server goes on, and the
// caller exits with the reason.
task<bool> change_code(destination server, term old, term extra,
                       duration limit = default_call_timeout);

// ---- state
// What format_status returns; without it what a to_term(const Server&) beside the server gives, or
// else its members, as %Library{books: []}. Of a server whose members can't all be seen only the
// type, as #library: one with constructors, private members, more than 24 of them, references,
// bit fields, C arrays or unions.
task<term> inspect(destination server, duration limit = default_call_timeout);
// The same, by OTP's name.
task<term> get_state(destination server, duration limit = default_call_timeout);

// What f(S&) returns, which runs inside the server between two messages. S: the type of the server,
// or the value of an agent. If it throws, the caller exits with the reason, and the server goes on
// with what f has left. A server of another type: {{wrong_state, "it is a library, no counter"},
// ...}.
template <class S, class F>
auto with_state(destination server, F&& f, duration limit = default_call_timeout) {
  using function = std::decay_t<F>;
  constexpr bool fits = std::is_invocable_v<function&, S&>;
  static_assert(fits, "sys::with_state<S>(server, f): f must be callable with an S&");
  if constexpr (fits) {
    using job = detail::state_job<S, function>;
    return detail::task_beside<std::remove_cvref_t<typename job::R>, F&&>(
        detail::result_of<job>(detail::run_inside(
            server, "with_state", std::make_unique<job>(std::forward<F>(f)), limit)));
  } else {
    return detail::wrong_use<S>();
  }
}

// A copy of the state.
template <class S>
auto get_state(destination server, duration limit = default_call_timeout) {
  constexpr bool copyable = std::is_copy_constructible_v<S>;
  static_assert(copyable,
                "sys::get_state<S> gives a copy, and this S can't be copied: look at it where it "
                "is, by sys::with_state<S>(server, f)");
  if constexpr (copyable) {
    using job = detail::state_job<S, detail::copy_of_state<S>>;
    return detail::result_of<job>(detail::run_inside(
        server, "get_state", std::make_unique<job>(detail::copy_of_state<S>()), limit));
  } else {
    return detail::wrong_use<S>();
  }
}

// Changes the state by f(S&), or to the S that f returns, and gives the new one. If f throws, the
// state is as before, and only the caller exits: {{callback_failed, reason}, {sys, ...}}.
template <class S, class F>
auto replace_state(destination server, F&& f, duration limit = default_call_timeout) {
  using function = std::decay_t<F>;
  constexpr bool copyable = std::is_copy_constructible_v<S> && std::is_move_assignable_v<S>;
  static_assert(copyable,
                "sys::replace_state<S> works on a copy, and this S can't be copied: change it "
                "where it is, by sys::with_state<S>(server, f)");
  constexpr bool fits = detail::can_replace<S, function>;
  static_assert(fits,
                "sys::replace_state<S>(server, f): f must take an S& and return nothing or an S");
  if constexpr (copyable && fits) {
    using replacing = detail::replacing<S, function>;
    using job = detail::state_job<S, replacing>;
    return detail::task_beside<S, F&&>(detail::result_of<job>(detail::run_inside(
        server, "replace_state", std::make_unique<job>(replacing{std::forward<F>(f)}), limit)));
  } else {
    return detail::wrong_use<S>();
  }
}

struct status {
  pid process;
  std::string module;
  std::vector<std::pair<term, term>> dictionary;
  bool suspended;
  pid parent;      // the process itself, if nobody started it by a link
  term debugging;  // [statistics: _, log: _, trace: true, log_to_file: _, install: _]
  term state;      // as inspect shows it
};
// {:status, pid, {:module, name}, [dictionary, :running, parent, debugging, state]}
term to_term(const status& s);
task<status> get_status(destination server, duration limit = default_call_timeout);

// ---- watching
// Each event becomes a line of the node's log, of level notice.
task<> trace(destination server, bool on, duration limit = default_call_timeout);
// Keeps the last `most` events; 0: no longer, and forgets them.
task<> log(destination server, std::size_t most, duration limit = default_call_timeout);
task<std::vector<event>> get_log(destination server, duration limit = default_call_timeout);
// The kept events go to the node's log.
task<> print_log(destination server, duration limit = default_call_timeout);
// Each event becomes a line at the end of that file, which the server writes itself: slow. False if
// the file can't be opened. One that can't be written any more is told in the log, and given up.
task<bool> log_to_file(destination server, std::string path, duration limit = default_call_timeout);
task<> end_log_to_file(destination server, duration limit = default_call_timeout);

struct counts {
  std::chrono::system_clock::time_point since, now;
  std::int64_t callbacks;  // run since then; OTP counts reductions
  std::int64_t messages_in, messages_out;
};
task<> statistics(destination server, bool on, duration limit = default_call_timeout);
// Nothing if they are off.
task<std::optional<counts>> get_statistics(destination server,
                                           duration limit = default_call_timeout);

// f(const sys::event&) runs in the server with each event, until it returns false or throws. A name
// that is taken keeps the function it has.
template <class F>
auto install(destination server, std::string name, F&& f, duration limit = default_call_timeout) {
  using function = std::decay_t<F>;
  constexpr bool fits = detail::is_debug_function<function>;
  static_assert(fits,
                "sys::install: a debug function takes (const sys::event&) and returns nothing, or "
                "a bool: false removes it");
  if constexpr (fits)
    return detail::task_beside<void, F&&>(detail::install_debug(
        server, std::move(name),
        std::make_unique<detail::debug_function_of<function>>(std::forward<F>(f)), limit));
  else
    return detail::wrong_use<void>();
}
task<> remove(destination server, std::string name, duration limit = default_call_timeout);
// Ends all of the watching.
task<> no_debug(destination server, duration limit = default_call_timeout);

}  // namespace sys
}  // namespace beamish::inline v0
