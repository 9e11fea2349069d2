// SPDX-License-Identifier: Apache-2.0
//
// Typed references to servers: only what the server handles can be sent to them.
//
// ```cpp
// struct counter : gen_server<counter> {
//   struct add { int amount; };
//   struct total { using reply = int; };
//   using messages = accepts<add, total>;
//   int sum = 0;
//   void handle_cast(add& m) { sum += m.amount; }
//   int handle_call(total&) { return sum; }
// };
// server<counter> one = co_await start_link<counter>({.name = "counter"});    // this one process
// named<counter> shared("counter");                       // whoever has the name; or on_node, via
// one.cast<counter::add>(3);
// auto sum = co_await shared.call<counter::total>();      //=> 3
// shared.process() == one.process();                      //=> true
// ```
//
// Both offer call, try_call and cast (see call.hpp).
//
// Guarantees: a message without a clause is a compile error. A `named` is looked up at each use and
// may be kept. Errors: those of call and cast; that the process behind a reference is this kind of
// server is what its maker said. Threads: values like any other.
//
// Mirrors the `server` of GenServer, with a type. When not to use it: where the kind of server is
// not known; pid and destination go everywhere, too.
// tested in: server_test.cpp
#pragma once

#include <string_view>
#include <utility>

#include "beamish/otp/call.hpp"
#include "beamish/otp/kept_address.hpp"
#include "beamish/otp/server_callbacks.hpp"

namespace beamish::inline v0 {

namespace detail {

// What every typed reference offers; Self::address() says where it leads.
template <class S, class Self>
class server_calls {
 public:
  template <class M, class... Args>
  auto call(Args&&... args) const {
    if constexpr (check_call<M, Args&&...>())
      return beamish::call<M>(to(), std::forward<Args>(args)...);
    else
      return wrong_use<reply_t<M>>();
  }
  template <class M, class... Args>
  auto call(within limit, Args&&... args) const {
    if constexpr (check_call<M, Args&&...>())
      return beamish::call<M>(limit, to(), std::forward<Args>(args)...);
    else
      return wrong_use<reply_t<M>>();
  }
  template <class M, class... Args>
  auto try_call(Args&&... args) const {
    if constexpr (check_call<M, Args&&...>())
      return beamish::try_call<M>(to(), std::forward<Args>(args)...);
    else
      return wrong_use<answer<reply_t<M>>>();
  }
  template <class M, class... Args>
  auto try_call(within limit, Args&&... args) const {
    if constexpr (check_call<M, Args&&...>())
      return beamish::try_call<M>(limit, to(), std::forward<Args>(args)...);
    else
      return wrong_use<answer<reply_t<M>>>();
  }
  template <class M, class... Args>
  send_token_for<Args&&...> cast(Args&&... args) const {
    constexpr bool handled = has_cast_clause<S, M>;
    static_assert(
        handled,
        "this server has no handle_cast clause for this message: add handle_cast(message&)");
    constexpr bool makes_one = makes_message<M, Args&&...>;
    static_assert(makes_one,
                  "these arguments don't make this message: give its fields, in their order");
    if constexpr (handled && makes_one)
      return beamish::cast<M>(to(), std::forward<Args>(args)...);
    else
      return send_token_for<Args&&...>();
  }

 private:
  destination to() const { return static_cast<const Self&>(*this).address(); }

  template <class M, class... Args>
  static constexpr bool check_call() {
    constexpr bool handled = has_call_clause<S, M>;
    static_assert(
        handled,
        "this server has no handle_call clause for this message: add handle_call(message&)");
    constexpr bool makes_one = makes_message<M, Args...>;
    static_assert(makes_one,
                  "these arguments don't make this message: give its fields, in their order");
    return handled && makes_one;
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
  explicit named(std::string_view name) : to_(name) {}
  explicit named(on_node name) : to_(std::move(name)) {}
  // The registry must outlive this.
  explicit named(via name) : to_(std::move(name)) {}

  // The process that has the name now; empty if there is none.
  pid process() const { return to_.process(); }
  // Valid as long as this object.
  destination address() const& { return to_.address(); }
  operator destination() const& { return address(); }

 private:
  detail::kept_address to_;
};

}  // namespace beamish::inline v0
