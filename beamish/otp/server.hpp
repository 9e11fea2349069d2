// SPDX-License-Identifier: Apache-2.0
//
// Typed references to servers: only what the server handles can be sent to them.
//
//     server<library> lib = co_await start_link<library>(shelf);     // this one process
//     named<library> shared("library");                              // whoever has the name
//     named<library> far(on_node("library", "b@host"));
//     auto books = co_await shared.call<library::get_all_books>();
//
// Both offer call, try_call (see call.hpp) and cast; a message without a clause is a compile error.
// A `named` is looked up at each use and may be kept. Threads: values like any other.
// tested in: server_test.cpp
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "beamish/otp/call.hpp"
#include "beamish/otp/server_callbacks.hpp"

namespace beamish::inline v0 {

namespace detail {

// What every typed reference offers; Self::address() says where it leads.
template <class S, class Self>
class server_calls {
 public:
  template <class M, class... Args>
  auto call(Args&&... args) const {
    if constexpr (check_call<M>())
      return beamish::call<M>(to(), std::forward<Args>(args)...);
    else
      return wrong_use<reply_t<M>>();
  }
  template <class M, class... Args>
  auto call(within limit, Args&&... args) const {
    if constexpr (check_call<M>())
      return beamish::call<M>(limit, to(), std::forward<Args>(args)...);
    else
      return wrong_use<reply_t<M>>();
  }
  template <class M, class... Args>
  auto try_call(Args&&... args) const {
    if constexpr (check_call<M>())
      return beamish::try_call<M>(to(), std::forward<Args>(args)...);
    else
      return wrong_use<answer<reply_t<M>>>();
  }
  template <class M, class... Args>
  auto try_call(within limit, Args&&... args) const {
    if constexpr (check_call<M>())
      return beamish::try_call<M>(limit, to(), std::forward<Args>(args)...);
    else
      return wrong_use<answer<reply_t<M>>>();
  }
  template <class M, class... Args>
  cast_token cast(Args&&... args) const {
    constexpr bool handled = has_cast_clause<S, M>;
    static_assert(
        handled,
        "this server has no handle_cast clause for this message: add handle_cast(message&)");
    if constexpr (handled)
      return beamish::cast<M>(to(), std::forward<Args>(args)...);
    else
      return {};
  }

 private:
  destination to() const { return static_cast<const Self&>(*this).address(); }

  template <class M>
  static constexpr bool check_call() {
    constexpr bool handled = has_call_clause<S, M>;
    static_assert(
        handled,
        "this server has no handle_call clause for this message: add handle_call(message&)");
    return handled;
  }
};

}  // namespace detail

// One process.
template <class S>
class server : public detail::server_calls<S, server<S>> {
 public:
  server() = default;
  explicit server(pid p) noexcept : pid_(p) {}

  pid process() const noexcept { return pid_; }
  destination address() const noexcept { return pid_; }
  operator pid() const noexcept { return pid_; }
  operator destination() const noexcept { return pid_; }
  friend bool operator==(const server& a, const server& b) noexcept { return a.pid_ == b.pid_; }

 private:
  pid pid_;
};

// Whoever has a name at the moment of use.
template <class S>
class named : public detail::server_calls<S, named<S>> {
 public:
  explicit named(std::string_view name) : name_(std::string(name)) {}
  explicit named(on_node name) : name_(std::move(name)) {}
  // The registry must outlive this.
  explicit named(via name) : name_(std::move(name)) {}

  // The process that has the name now; empty if there is none.
  pid process() const { return address().resolve(); }
  // Valid as long as this object.
  destination address() const& {
    return std::visit([](const auto& name) { return destination(name); }, name_);
  }
  operator destination() const& { return address(); }

 private:
  std::variant<std::string, on_node, via> name_;
};

}  // namespace beamish::inline v0
