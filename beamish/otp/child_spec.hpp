// SPDX-License-Identifier: Apache-2.0
//
// child_spec: how to start a child, as data that a supervisor keeps.
//
// ```cpp
// struct library : gen_server<library> {
//   std::string first;
//   void init(std::string book) { first = std::move(book); }
// };
// auto spec = child_spec<library>(std::string("Emma"));
// to_term(spec);    //=> %{id: Library, start: {Library, :start_link, ["Emma"]}}
// spec.restart = restart_kind::temporary;
// spec.shutdown = std::chrono::seconds(2);
// auto starting = spec.start_link();    // as often as you like
// auto lib = co_await starting;
// lib.ok();         //=> true
// auto named = child_spec<library>({.id = "shelf", .restart = restart_kind::transient},
//                                  std::string("Persuasion"));
// inspect(named.id);    //=> ":shelf"
// ```
//
// A child that is no server: child_process("clock", tick, every) spawns tick(every), and
// child_started_by("gate", open_gate) calls a start function, which links its process to the caller
// and returns a child_result, or a task of one.
//
// Guarantees: the arguments are kept and copied at each start. What can't be copied is made anew
// each time: child_spec<library>(made_by([] { return std::make_tuple(open_shelf()); })). The
// defaults of a type are its own static members: `static constexpr auto restart =
// restart_kind::transient;`, and so `shutdown` and `type`; what nobody has set stays empty, and the
// supervisor takes permanent, worker, and 5 s to shut down (a supervisor: without end).
//
// Units: durations are std::chrono's; to_term shows milliseconds. Errors: arguments that can't be
// copied or don't fit the server are a compile error; start_link gives failures as a value. Values
// that can't be meant (a negative time to shut down) are refused by the supervisor. Threads: a
// value; copies share what never changes.
//
// Mirrors Supervisor.child_spec/2 and the child_spec/1 of `use GenServer`. When not to use it: to
// start a server once, here and now (start_link).
// tested in: child_spec_test.cpp
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "beamish/otp/brutal_kill.hpp"
#include "beamish/otp/child_starter.hpp"

namespace beamish::inline v0 {

// permanent: always started again. transient: only if it ended with another reason than normal,
// shutdown or {shutdown, _}. temporary: never.
enum class restart_kind : std::uint8_t { permanent, transient, temporary };
enum class child_type : std::uint8_t { worker, supervisor };

// How long a child may take to end before it is killed.
struct shutdown_limit {
  duration time;  // zero: killed at once; infinity: waited for
  template <class Rep, class Period>
  constexpr shutdown_limit(std::chrono::duration<Rep, Period> d) noexcept : time(d) {}
  constexpr shutdown_limit(brutal_kill_t) noexcept : time{} {}
  static constexpr shutdown_limit after(duration d) noexcept { return d; }
  static constexpr shutdown_limit wait() noexcept { return infinity; }
  friend bool operator==(const shutdown_limit&, const shutdown_limit&) = default;
};

// How long to wait before a child is started again: `first`, then twice as long each time, up to
// `max`; each time longer or shorter by a random part of it, at most `jitter`. A child that ran for
// `max` or longer begins with `first` again.
struct restart_backoff {
  duration first = std::chrono::milliseconds(100);
  duration max = std::chrono::seconds(10);
  double jitter = 0.1;  // 0 to 1
  friend bool operator==(const restart_backoff&, const restart_backoff&) = default;
};

// What can be said of a child, as {.id = "shelf", .restart = restart_kind::transient}. Trivially
// destructible, so that it can be written in place.
struct child_options {
  std::string_view name = {};  // to be registered; of servers only
  std::string_view id = {};    // by default the name of the type
  std::optional<restart_kind> restart = {};
  std::optional<shutdown_limit> shutdown = {};
  std::optional<child_type> type = {};
  bool significant = false;  // its end may end the supervisor: see auto_shutdown
  std::optional<restart_backoff> backoff = {};
  const via* registry_name = nullptr;  // instead of a name
};

class child_specification {
 public:
  child_specification(term i, detail::shared_starter s)
      : id(std::move(i)), starter_(std::move(s)) {}

  term id;  // any term; unique in its supervisor
  std::optional<restart_kind> restart;
  std::optional<shutdown_limit> shutdown;
  std::optional<child_type> type;
  bool significant = false;
  std::optional<restart_backoff> backoff;

  // Starts the child linked to the current process: name it, and await it for a child_result. Never
  // exits.
  detail::child_starting start_link() const { return detail::child_starting(*starter_); }
  // Only what is set, as Elixir shows it.
  friend term to_term(const child_specification& spec) { return spec.as_term(); }
  term as_term() const;

  const detail::shared_starter& starter() const& noexcept { return starter_; }
  detail::shared_starter&& starter() && noexcept { return std::move(starter_); }

 private:
  detail::shared_starter starter_;
};

namespace detail {

// With what `o` sets, and its name. Without an id there the module is the id.
child_specification specification_with(std::unique_ptr<child_starter> starter,
                                       const child_options& o);

template <class S>
child_specification specification_of(std::unique_ptr<child_starter> starter, child_options o) {
  if constexpr (requires { restart_kind(S::restart); }) {
    if (!o.restart) o.restart = S::restart;
  }
  if constexpr (requires { shutdown_limit(S::shutdown); }) {
    if (!o.shutdown) o.shutdown = S::shutdown;
  }
  if constexpr (requires { child_type(S::type); }) {
    if (!o.type) o.type = S::type;
  }
  return specification_with(std::move(starter), o);
}

template <class... Args>
constexpr bool check_copyable() {
  constexpr bool copyable = (std::is_copy_constructible_v<std::decay_t<Args>> && ...);
  static_assert(copyable,
                "a restart needs the arguments again: make them copyable, or pass "
                "made_by([] { return std::make_tuple(...); })");
  return copyable;
}

// Types with a start of their own (modules of supervisors) specialise this.
template <class S>
struct starter_of {
  template <class... Args>
  static std::unique_ptr<child_starter> make(Args&&... args) {
    if constexpr (sizeof...(Args) == 1 && (is_factory<std::decay_t<Args>> && ...)) {
      auto factory = (std::forward<Args>(args), ...);
      return std::make_unique<making_starter<S, decltype(factory.make)>>(std::move(factory.make));
    } else if constexpr (check_copyable<Args...>() && check_server<S, std::decay_t<Args>...>()) {
      return std::make_unique<copying_starter<S, std::decay_t<Args>...>>(
          std::forward<Args>(args)...);
    } else {
      return nullptr;
    }
  }
};

template <class... Args>
inline constexpr bool no_child_options = true;
template <class First, class... Rest>
inline constexpr bool no_child_options<First, Rest...> =
    !std::is_same_v<std::remove_cvref_t<First>, child_options>;

}  // namespace detail

template <class S, class... Args>
  requires detail::no_child_options<Args...>
child_specification child_spec(Args&&... args) {
  return detail::specification_of<S>(detail::starter_of<S>::make(std::forward<Args>(args)...), {});
}
template <class S, class... Args>
child_specification child_spec(const child_options& o, Args&&... args) {
  return detail::specification_of<S>(detail::starter_of<S>::make(std::forward<Args>(args)...), o);
}

// A process that runs a function or coroutine; both, and the arguments, are copied at each start.
template <class F, class... Args>
child_specification child_process(std::string_view id, F&& f, Args&&... args) {
  constexpr bool callable = detail::can_spawn<F, Args...>;
  static_assert(callable, "child_process: the function can't be called with these arguments");
  child_options o;
  o.id = id;
  if constexpr (callable && detail::check_copyable<F, Args...>())
    return detail::specification_with(
        std::make_unique<detail::process_starter<std::decay_t<F>, std::decay_t<Args>...>>(
            std::forward<F>(f), std::forward<Args>(args)...),
        o);
  else
    return detail::specification_with(nullptr, o);
}

// What `start()` starts and links to the current process: child_result, or a task of it.
template <class F>
child_specification child_started_by(std::string_view id, F start) {
  constexpr bool fits = [] {
    if constexpr (std::is_invocable_v<const F&>)
      return std::is_same_v<detail::awaited_t<std::invoke_result_t<const F&>>, child_result>;
    return false;
  }();
  static_assert(fits, "child_started_by: start() must return a child_result, or a task of one");
  child_options o;
  o.id = id;
  if constexpr (fits)
    return detail::specification_with(
        std::make_unique<detail::function_starter<F>>(std::move(start)), o);
  else
    return detail::specification_with(nullptr, o);
}

}  // namespace beamish::inline v0
