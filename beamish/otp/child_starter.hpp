// SPDX-License-Identifier: Apache-2.0
//
// How a child is started, without its type: what a child specification holds on to.
//
// A starter of servers makes a box, which needs no coroutine to be started; every other starter is
// a coroutine. Both are awaited as a child_starting.
//
// A starter is made by one owner and may get a name; from then on it is shared by all copies of its
// specification, on any thread, and never changes. It counts them in itself, so that with one word
// of arguments it is 32 bytes: there may be one for each of many children.
// tested in: child_spec_test.cpp
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "beamish/otp/child_result.hpp"
#include "beamish/otp/start.hpp"
#include "beamish/runtime/counted.hpp"
#include "beamish/runtime/memory_access.hpp"

namespace beamish::inline v0 {

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

// The arguments that a dynamic supervisor puts before those of each child: a tuple of known type.
struct extra_arguments {
  const message_type* type = nullptr;  // null: there are none
  std::shared_ptr<const void> values;
};

// What all starters of one kind have in common.
struct starter_kind {
  std::string_view module;            // as in Elixir, "Library"; empty: the child's id
  const server_type* type = nullptr;  // of the boxes; null: `start` is for this kind
  server_starting::drop_function drop = nullptr;
  const message_type* extra = nullptr;  // the extra arguments that make_box needs
};
inline constexpr starter_kind starts_a_process{};

// How a child is registered.
struct child_name {
  std::string name;
  std::optional<via> by_registry;  // instead of a name
};

class child_starter : public from_pool {
 public:
  child_starter() = default;
  child_starter(const child_starter&) = delete;
  child_starter& operator=(const child_starter&) = delete;
  virtual ~child_starter() = default;

  // Outlives the starter: children show its module when nothing starts them any more.
  virtual const starter_kind& kind() const noexcept = 0;
  // The server to be started; null if `start` does it. REQUIRES: `extra` is of the kind's type.
  virtual server_box* make_box(const void* extra) const;
  // Exits or throws if it fails.
  virtual task<child_result> start() const;
  virtual term arguments() const = 0;

  std::unique_ptr<const child_name> name;  // null: none
  mutable std::atomic<std::uint32_t> references{0};
};

using shared_starter = counted<const child_starter>;

// The module that a child shows.
atom module_of(const starter_kind& kind, const term& id);

// A child that starts, linked to the process that awaits this. Never exits.
class [[nodiscard("a child starts only when this is awaited: co_await it")]] child_starting {
 public:
  using beamish_awaitable = void;
  using must_be_named = void;

  explicit child_starting(const child_starter& starter, const extra_arguments* extra = nullptr);

  // For who is no coroutine: begins, and is true if there is nothing to wait for. Otherwise this is
  // to be awaited in the same turn. REQUIRES: the current process is `self`.
  bool begin(process_slot& self) noexcept;

  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> h) noexcept {
    try {
      if (server_) return server_->await_suspend(h);
      if (!function_.handle()) return false;
      function_.await_suspend(h);
      return true;
    } catch (...) {
      fail();
      return false;
    }
  }
  child_result await_resume() noexcept;

 private:
  struct server : server_starting {
    using server_starting::begin;
    using server_starting::server_starting;
    using server_starting::within_starter;
    child_result await_resume();
  };
  // With the exception that is being handled.
  void fail() noexcept;

  shared_starter kept_;  // null: the box has all that is needed
  std::optional<server> server_;
  task<child_result> function_;
  std::optional<exit_reason> failure_;
};

template <class T>
term argument_term(const T& value) {
  if constexpr (has_term<T>)
    return to_term(value);
  else
    return opaque(short_type_name<T>());
}

template <class... Args>
term argument_terms(const std::tuple<Args...>& args) {
  return std::apply([](const Args&... as) { return list(argument_term(as)...); }, args);
}

template <class S, const message_type* Extra = nullptr>
inline constexpr starter_kind server_kind{module_name<S>(), &server_type_of<S>, &free_server_box<S>,
                                          Extra};

template <class S, class... Args>
struct copying_starter final : child_starter {
  template <class... As>
  explicit copying_starter(As&&... as) : kept(std::forward<As>(as)...) {}
  std::tuple<Args...> kept;

  const starter_kind& kind() const noexcept override { return server_kind<S>; }
  server_box* make_box(const void*) const override {
    return std::apply([](const Args&... args) { return make_server_box<S>(args...); }, kept);
  }
  term arguments() const override { return argument_terms(kept); }
};

template <class S, class F>
struct making_starter final : child_starter {
  explicit making_starter(F f) : make(std::move(f)) {}
  F make;

  const starter_kind& kind() const noexcept override { return server_kind<S>; }
  server_box* make_box(const void*) const override {
    return std::apply(
        []<class... As>(As&&... args) -> server_box* {
          if constexpr (check_server<S, std::decay_t<As>...>())
            return make_server_box<S>(std::forward<As>(args)...);
          else
            return nullptr;
        },
        make());
  }
  term arguments() const override { return list(opaque("made_by")); }
};

// A process that is no server: a function and its arguments.
template <class F, class... Args>
struct process_starter final : child_starter {
  template <class G, class... As>
  explicit process_starter(G&& f, As&&... as)
      : function(std::forward<G>(f)), kept(std::forward<As>(as)...) {}
  F function;
  std::tuple<Args...> kept;

  const starter_kind& kind() const noexcept override { return starts_a_process; }
  task<child_result> start() const override {
    const pid fresh =
        std::apply([this](const Args&... args) { return spawn_link(F(function), args...); }, kept);
    co_return child_result::started(fresh);
  }
  term arguments() const override { return argument_terms(kept); }
};

// A start function of the user's own.
template <class F>
struct function_starter final : child_starter {
  explicit function_starter(F f) : function(std::move(f)) {}
  F function;

  const starter_kind& kind() const noexcept override { return starts_a_process; }
  task<child_result> start() const override {
    if constexpr (is_task<std::invoke_result_t<const F&>>) {
      auto starting = function();
      auto result = co_await std::move(starting);
      co_return result;
    } else {
      co_return function();
    }
  }
  term arguments() const override { return list(); }
};

}  // namespace detail
}  // namespace beamish::inline v0
