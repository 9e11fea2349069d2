// SPDX-License-Identifier: Apache-2.0
//
// child_spec: how to start a server, as data that a supervisor keeps.
//
// ```cpp
// struct library : gen_server<library> {
//   std::string first;
//   void init(std::string book) { first = std::move(book); }
// };
// auto spec = child_spec<library>(std::string("Emma"));
// to_term(spec);    //=> %{id: Library, start: {Library, :start_link, ["Emma"]}}
// spec.restart = restart_kind::temporary;
// auto lib = co_await spec.start_link();    // as often as you like
// lib.ok();         //=> true
// ```
//
// Guarantees: the arguments are kept and copied at each start. What can't be copied is made anew
// each time: child_spec<library>(made_by([] { return std::make_tuple(open_shelf()); })). The
// defaults of a type are its own static members: `static constexpr auto restart =
// restart_kind::transient;`, and so `shutdown` and `type`; what nobody has set stays empty, and the
// supervisor decides.
//
// Units: shutdown_limit is a std::chrono duration; to_term shows milliseconds. Errors: arguments
// that can't be copied are a compile error; start_link gives failures as a value, as try_start_link
// does. Threads: a value; copies share what never changes.
//
// Mirrors the child_spec/1 of `use GenServer`. When not to use it: to start a server once, here and
// now (start_link).
// tested in: child_spec_test.cpp
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "beamish/otp/start.hpp"

namespace beamish::inline v0 {

enum class restart_kind : std::uint8_t { permanent, transient, temporary };
enum class child_type : std::uint8_t { worker, supervisor };

// How long a child may take to end before it is killed.
struct shutdown_limit {
  duration time;  // zero: killed at once; infinity: waited for
  static constexpr shutdown_limit brutal_kill() noexcept { return {duration(0)}; }
  static constexpr shutdown_limit after(duration d) noexcept { return {d}; }
  static constexpr shutdown_limit wait() noexcept { return {infinity}; }
  friend bool operator==(const shutdown_limit&, const shutdown_limit&) = default;
};

// The result of each call is the list of arguments, as a std::tuple.
template <class F>
struct made_by {
  explicit made_by(F f) : make(std::move(f)) {}
  F make;
};

namespace detail {

template <class F>
inline constexpr bool is_factory = false;
template <class F>
inline constexpr bool is_factory<made_by<F>> = true;

// What starts a child: shared by all copies of its specification, never changed.
struct child_starter {
  virtual ~child_starter() = default;
  virtual task<start_result<void>> start_link() const = 0;
  virtual term arguments() const = 0;
  atom module;
  std::string name;  // registered; empty: none
  start_options options() const;
};

template <class T>
term argument_term(const T& value) {
  if constexpr (has_term<T>)
    return to_term(value);
  else
    return opaque(short_type_name<T>());
}

template <class S, class... Args>
struct copying_starter final : child_starter {
  template <class... As>
  explicit copying_starter(As&&... as) : kept(std::forward<As>(as)...) {}
  std::tuple<Args...> kept;

  task<start_result<void>> start_link() const override {
    auto starting = std::apply(
        [this](const Args&... args) { return make_start<S, true>(bond::link, options(), args...); },
        kept);
    auto started = co_await starting;
    co_return started.untyped();
  }
  term arguments() const override {
    return std::apply([](const Args&... args) { return list(argument_term(args)...); }, kept);
  }
};

template <class S, class F>
struct making_starter final : child_starter {
  explicit making_starter(F f) : make(std::move(f)) {}
  F make;

  task<start_result<void>> start_link() const override {
    auto starting = std::apply(
        [this](auto&&... args) {
          return make_start<S, true>(bond::link, options(), std::forward<decltype(args)>(args)...);
        },
        make());
    auto started = co_await starting;
    co_return started.untyped();
  }
  term arguments() const override { return list(opaque("made_by")); }
};

}  // namespace detail

class child_specification {
 public:
  child_specification(term i, std::shared_ptr<const detail::child_starter> s)
      : id(std::move(i)), starter_(std::move(s)) {}

  term id;
  std::optional<restart_kind> restart;
  std::optional<shutdown_limit> shutdown;
  std::optional<child_type> type;

  // Starts the child linked to the current process. Never exits.
  task<start_result<void>> start_link() const;
  // Only what is set, as Elixir shows it.
  friend term to_term(const child_specification& spec);

 private:
  std::shared_ptr<const detail::child_starter> starter_;
};

namespace detail {

template <class S>
child_specification specification_of(std::shared_ptr<child_starter> starter,
                                     std::string_view name) {
  starter->module = elixir_module(module_name<S>());
  starter->name = name;
  const term id(starter->module);
  child_specification spec(id, std::move(starter));
  if constexpr (requires { restart_kind(S::restart); }) spec.restart = S::restart;
  if constexpr (requires { shutdown_limit(S::shutdown); }) spec.shutdown = S::shutdown;
  if constexpr (requires { child_type(S::type); }) spec.type = S::type;
  return spec;
}

template <class S, class... Args>
child_specification make_spec(std::string_view name, Args&&... args) {
  constexpr bool one_factory = sizeof...(Args) == 1 && (is_factory<std::decay_t<Args>> && ...);
  constexpr bool copyable = (std::is_copy_constructible_v<std::decay_t<Args>> && ...);
  static_assert(one_factory || copyable,
                "a restart needs the arguments again: make them copyable, or pass "
                "made_by([] { return std::make_tuple(...); })");
  if constexpr (one_factory) {
    auto factory = (std::forward<Args>(args), ...);
    return specification_of<S>(
        std::make_shared<making_starter<S, decltype(factory.make)>>(std::move(factory.make)), name);
  } else if constexpr (copyable) {
    return specification_of<S>(
        std::make_shared<copying_starter<S, std::decay_t<Args>...>>(std::forward<Args>(args)...),
        name);
  } else {
    return specification_of<S>(nullptr, name);
  }
}

}  // namespace detail

template <class S, class... Args>
  requires detail::no_options<Args...>
child_specification child_spec(Args&&... args) {
  return detail::make_spec<S>({}, std::forward<Args>(args)...);
}
// Of the options only the name is kept; a name of a registry is not for specifications.
template <class S, class... Args>
child_specification child_spec(const start_options& o, Args&&... args) {
  return detail::make_spec<S>(o.name, std::forward<Args>(args)...);
}

}  // namespace beamish::inline v0
