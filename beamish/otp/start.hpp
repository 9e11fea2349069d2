// SPDX-License-Identifier: Apache-2.0
//
// Starting servers: start_link, start, start_monitor, and the forms that give failures as values.
//
// ```cpp
// struct library : gen_server<library> {
//   std::vector<std::string> books;
//   init_result init(std::vector<std::string> shelf) {
//     if (shelf.empty()) return stop_init(atom("no_books"));
//     books = std::move(shelf);
//     return ok();
//   }
// };
// std::vector<std::string> shelf{"Emma"};
// auto lib = co_await start_link<library>({.name = "library"}, shelf);    // exits on failure
// whereis("library") == lib.process();        //=> true
// std::vector<std::string> empty;
// auto none = co_await try_start<library>({.name = "other"}, empty);      // never exits
// none.reason().value();                      //=> :no_books
// auto taken = co_await try_start<library>({.name = "library"}, shelf);
// taken.reason().value();                     //=> {:already_started, #PID<...>}
// ```
//
// Guarantees: start returns when init has returned, so the server is ready; its name is registered
// before init runs. Without init the arguments become the state: the members, in order; or, if
// there are none, a term. Threads: await it in a coroutine of a process; a plain thread uses
// start_on.
//
// Errors: a taken name is {already_started, pid}, and init doesn't run. If init fails its reason is
// the server's. If it takes longer than `timeout` the reason is `timeout`, and the server is
// killed. `ignore()` gives no server and, by the try forms, no error. Units: timeout and
// hibernate_after are std::chrono durations, by default without end.
//
// Mirrors GenServer.start_link/3, start/3 and :gen_server.start_monitor/3. When not to use it: for
// a process without calls and state (spawn), or to describe a start for later (child_spec).
// tested in: start_test.cpp
#pragma once

#include <utility>

#include "beamish/otp/server.hpp"
#include "beamish/otp/server_type.hpp"
#include "beamish/runtime/mailbox_limit.hpp"
#include "beamish/runtime/node.hpp"
#include "beamish/runtime/spawn.hpp"

namespace beamish::inline v0 {

// Trivially destructible, so that it can be written in place as {.name = "library"}.
struct start_options {
  std::string_view name = {};
  const via* registry_name = nullptr;  // instead of a name
  duration timeout = infinity;
  duration hibernate_after = infinity;
  mailbox_limit mailbox = {};
};

// Options from a keyword list, [name: :library, timeout: 100], which must outlive them. Unknown
// keys and values that can't be meant are an argument_error.
start_options start_options_from(const term& keywords);

// {:ok, pid}, :ignore or {:error, reason}.
template <class S>
class [[nodiscard]] start_result {
 public:
  explicit start_result(detail::start_answer a, reference monitor = {})
      : answer_(std::move(a)), monitor_(monitor) {}
  bool ok() const noexcept { return answer_.what == detail::start_answer::kind::ok; }
  bool ignored() const noexcept { return answer_.what == detail::start_answer::kind::ignored; }
  // Exits with the reason if there is no server.
  server<S> operator*() const {
    if (ok()) return server<S>(answer_.process);
    if (ignored()) throw exited(exit_reason(atom("ignore")));
    throw exited(answer_.reason);
  }
  const exit_reason& reason() const noexcept { return answer_.reason; }
  // Of start_monitor.
  const reference& monitor() const noexcept { return monitor_; }

 private:
  detail::start_answer answer_;
  reference monitor_;
};

namespace detail {

// A new server process, not started. Takes the box.
process_slot& prepare_server(node_core& node, const server_type& type, server_box* box, bond how,
                             reference& monitor, const start_options& options, pid parent);
// Who has the name that the server is to have; empty if nobody has it, or there is no name.
pid holder_of_name(const start_options& options);
start_answer already_started(pid holder);
// What became of the start that `w` waited for.
start_answer end_start(call_waiter& w, pid process, const reference& monitor);

// A server that starts when this is awaited. Derived classes say what that gives.
class server_starting {
 public:
  using beamish_awaitable = void;
  using drop_function = void (*)(server_box*) noexcept;

  // Takes the box.
  server_starting(const server_type& type, server_box* box, drop_function drop,
                  const start_options& o, bond how)
      : type_(&type), box_(box), drop_(drop), options_(o), bond_(how) {
    waiter_.timeout = o.timeout.count();
  }
  server_starting(const server_starting&) = delete;
  server_starting& operator=(const server_starting&) = delete;
  ~server_starting() {
    if (box_ != nullptr) drop_(box_);
    end_waiter(waiter_, box_ == nullptr);
  }

  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> h) {
    waiter_.frame = h;
    return begun_ ? wait_on(*h.promise().self) : begin(*h.promise().self);
  }

 protected:
  // False if there is nothing to wait for: as in OTP no process is made for a name that is taken.
  bool begin(process_slot& self);
  start_answer end() {
    return holder_ ? already_started(holder_) : end_start(waiter_, process_, monitor_);
  }
  const reference& monitor_of_it() const noexcept { return monitor_; }
  // Its init runs within the process that awaits this, where that may be, as a call to an idle
  // server does.
  void within_starter() noexcept { within_starter_ = true; }

 private:
  // After a begin that had to wait, in the same turn.
  bool wait_on(process_slot& self) noexcept;

  const server_type* type_;
  server_box* box_;
  drop_function drop_;
  start_options options_;
  bond bond_;
  bool within_starter_ = false;
  bool begun_ = false;
  call_waiter waiter_;
  pid process_;
  pid holder_;
  reference monitor_;
};

// `Value`: gives start_result; otherwise the server, and a failure exits.
template <class S, bool Value>
class [[nodiscard("a server starts only when this is awaited: co_await it")]] start_awaitable
    : public server_starting {
 public:
  start_awaitable(server_box* box, const start_options& o, bond how)
      : server_starting(server_type_of<S>, box, &free_server_box<S>, o, how) {}

  std::conditional_t<Value, start_result<S>, server<S>> await_resume() {
    start_result<S> result(end(), monitor_of_it());
    if constexpr (Value)
      return result;
    else
      return *result;
  }
};

start_answer start_from_outside(node& n, const server_type& type, server_box* box,
                                void (*drop)(server_box*) noexcept, const start_options& options);

template <class... Args>
inline constexpr bool no_options = true;
template <class First, class... Rest>
inline constexpr bool no_options<First, Rest...> =
    !std::is_same_v<std::remove_cvref_t<First>, start_options>;

// Complains of what a start with these arguments can't do; false if it has.
template <class S, class... Args>
constexpr bool check_server() {
  constexpr bool all_heard = none<first_misfit<clause_exists, S>>;
  static_assert(all_heard,
                "a message in `messages` has no clause: add handle_call, handle_cast or "
                "handle_info for it, and make it public");
  static_assert(none<first_misfit<call_fits, S>>,
                "handle_call must return the message's `reply`, or call_result<message>, or take a "
                "from<message> to answer later");
  static_assert(none<first_misfit<cast_fits, S>>,
                "handle_cast must return void or outcome: noreply() or stop(reason)");
  static_assert(
      none<first_misfit<info_fits, S>> && none<first_misfit<info_fits, S, runtime_messages<S>>>,
      "handle_info must return void or outcome: noreply() or stop(reason)");
  // Of callbacks that would silently never be called.
  static_assert(terminate_fits<S>(),
                "terminate must be public and take (const exit_reason&), or nothing");
  static_assert(format_status_fits<S>(),
                "format_status must be public, take nothing and return a term, or take a "
                "server_status and return one");
  static_assert(code_change_fits<S>(),
                "code_change must be public, take (const term& old, const term& extra) and return "
                "a bool");
  static_assert(!all_heard || handle_call_fits<S>(),
                "no message in `messages` fits handle_call: it must be public and take a listed "
                "message&, and maybe a from<message>");
  static_assert(!all_heard || handle_cast_fits<S>(),
                "no message in `messages` fits handle_cast: it must be public and take a listed "
                "message&");
  static_assert(!all_heard || handle_info_fits<S>(),
                "no message in `messages` fits handle_info: it must be public and take a listed "
                "message&");
  constexpr bool takes_arguments = way_to_init<S, Args...>() != init_way::none;
  static_assert(takes_arguments,
                "init can't be called with these arguments; without an init they must be the "
                "members of the server: see the server's init");
  static_assert(init_result_fits<S, Args...>(),
                "init must return void or init_result: ok(), stop_init(reason) or ignore()");
  return server_fits<S, Args...>;
}

// The same for state machines: see statem_checks.hpp.
template <is_statem S, class... Args>
constexpr bool check_server();

template <class S, bool Value, class... Args>
auto make_start(bond how, const start_options& o, Args&&... args) {
  check_co_await_arguments<Args&&...>();
  if constexpr (check_server<S, std::decay_t<Args>...>())
    return start_awaitable<S, Value>(make_server_box<S>(std::forward<Args>(args)...), o, how);
  else
    return wrong_use<std::conditional_t<Value, start_result<S>, server<S>>>();
}

}  // namespace detail

template <class S, class... Args>
auto start_link(const start_options& o, Args&&... args) {
  return detail::make_start<S, false>(detail::bond::link, o, std::forward<Args>(args)...);
}
template <class S, class... Args>
  requires detail::no_options<Args...>
auto start_link(Args&&... args) {
  return detail::make_start<S, false>(detail::bond::link, {}, std::forward<Args>(args)...);
}
template <class S, class... Args>
auto start(const start_options& o, Args&&... args) {
  return detail::make_start<S, false>(detail::bond::none, o, std::forward<Args>(args)...);
}
template <class S, class... Args>
  requires detail::no_options<Args...>
auto start(Args&&... args) {
  return detail::make_start<S, false>(detail::bond::none, {}, std::forward<Args>(args)...);
}
template <class S, class... Args>
auto try_start_link(const start_options& o, Args&&... args) {
  return detail::make_start<S, true>(detail::bond::link, o, std::forward<Args>(args)...);
}
template <class S, class... Args>
auto try_start(const start_options& o, Args&&... args) {
  return detail::make_start<S, true>(detail::bond::none, o, std::forward<Args>(args)...);
}
// result.monitor() is the reference of the DOWN to come.
template <class S, class... Args>
auto start_monitor(const start_options& o, Args&&... args) {
  return detail::make_start<S, true>(detail::bond::monitor, o, std::forward<Args>(args)...);
}

// From a thread that is no process: blocks until init has returned. Nothing is linked. On a worker
// the answer is an error, `would_block`.
template <class S, class... Args>
start_result<S> start_on(node& n, const start_options& o, Args&&... args) {
  if constexpr (detail::check_server<S, std::decay_t<Args>...>())
    return start_result<S>(detail::start_from_outside(
        n, detail::server_type_of<S>, detail::make_server_box<S>(std::forward<Args>(args)...),
        &detail::free_server_box<S>, o));
  else
    return start_result<S>(detail::start_answer());
}

}  // namespace beamish::inline v0
