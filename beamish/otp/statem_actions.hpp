// SPDX-License-Identifier: Apache-2.0
//
// What can follow the results of a state machine's callbacks: timeouts, replies, inserted events.
//
//     next_state(open{}).state_timeout(10s).reply(std::move(caller), 42).next_event(step{})
//
// Said in full in transition.hpp.
// tested in: gen_statem_test.cpp
#pragma once

#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "beamish/otp/from.hpp"
#include "beamish/otp/outcome.hpp"

namespace beamish::inline v0 {

// The events of timeouts that were given none.
struct state_timeout_message {};
struct named_timeout_message {
  term name;
};

// The name of a timeout: any term; a text is an atom.
class timeout_name {
 public:
  timeout_name(const char* name) : value_(atom(std::string_view(name))) {}
  timeout_name(std::string_view name) : value_(atom(name)) {}
  timeout_name(term name) : value_(std::move(name)) {}
  timeout_name(atom name) : value_(name) {}
  const term& value() const noexcept { return value_; }

 private:
  term value_;
};

namespace detail {

// Defined in statem_callbacks.hpp: the event is the signal.
template <class S, class X>
void run_internal(server_box& box, signal& s);
template <class S, class X>
void run_timeout(server_box& box, signal& s);
template <class S>
void run_again(server_box& box, signal& s);
// Complain where the machine has no clause for that event.
template <class S, class X>
constexpr void check_internal();
template <class S, class X>
constexpr void check_timeout();

enum class timeout_kind : std::uint8_t { state, event, named };

struct timeout_order {
  enum class kind : std::uint8_t { start, cancel, update } what;
  timeout_kind which;
  term name;
  std::int64_t ns;
  continuation event;
};

// What happens after a callback, whatever the machine.
struct statem_step {
  std::optional<exit_reason> stop_reason;
  std::vector<timeout_order> timeouts;
  std::vector<continuation> events;
  continuation postponed_call;  // whose `from` its handler had taken
  bool postpones = false;
  bool hibernates = false;
  bool repeats = false;
};

template <class R>
inline constexpr bool is_from = false;
template <class M>
inline constexpr bool is_from<from<M>> = true;

template <class S>
class basic_transition;

// A transition that answers the current call.
template <class S, class R>
struct [[nodiscard]] basic_statem_reply {
  R value;
  basic_transition<S> then;
};

template <class S, class Self>
class statem_replies {
 public:
  template <class M, class... R>
  Self reply(from<M> caller, R&&... value) && {
    caller.reply(std::forward<R>(value)...);
    return std::move(static_cast<Self&>(*this));
  }
  template <class R>
    requires(!is_from<std::decay_t<R>>)
  basic_statem_reply<S, std::decay_t<R>> reply(R&& value) && {
    return {std::forward<R>(value), basic_transition<S>(std::move(static_cast<Self&>(*this)))};
  }
  basic_statem_reply<S, no_value> reply() && {
    return {no_value{}, basic_transition<S>(std::move(static_cast<Self&>(*this)))};
  }
  statem_step step;  // for the engine
};

// What every result but a stop can ask for.
template <class S, class Self>
class statem_actions : public statem_replies<S, Self> {
 public:
  template <class X = state_timeout_message>
  Self state_timeout(duration d, X&& event = {}) && {
    check_timeout<S, std::decay_t<X>>();
    return start(timeout_kind::state, term(), d, std::forward<X>(event));
  }
  template <class X = timeout_message>
  Self event_timeout(duration d, X&& event = {}) && {
    check_timeout<S, std::decay_t<X>>();
    return start(timeout_kind::event, term(), d, std::forward<X>(event));
  }
  template <class X>
  Self timeout(const timeout_name& name, duration d, X&& event) && {
    check_timeout<S, std::decay_t<X>>();
    return start(timeout_kind::named, name.value(), d, std::forward<X>(event));
  }
  Self timeout(const timeout_name& name, duration d) && {
    return start(timeout_kind::named, name.value(), d, named_timeout_message{name.value()});
  }
  Self cancel_state_timeout() && { return cancel(timeout_kind::state, term()); }
  Self cancel_timeout(const timeout_name& name) && {
    return cancel(timeout_kind::named, name.value());
  }
  template <class X>
  Self update_state_timeout(X&& event) && {
    check_timeout<S, std::decay_t<X>>();
    return update(timeout_kind::state, term(), std::forward<X>(event));
  }
  template <class X>
  Self update_timeout(const timeout_name& name, X&& event) && {
    check_timeout<S, std::decay_t<X>>();
    return update(timeout_kind::named, name.value(), std::forward<X>(event));
  }
  Self hibernate() && {
    this->step.hibernates = true;
    return self();
  }

 private:
  using order = timeout_order::kind;
  Self self() { return std::move(static_cast<Self&>(*this)); }
  template <class X>
  static continuation timeout_event(X&& event) {
    using type = std::decay_t<X>;
    return continuation(make_node<type>(plain_type<type>, std::forward<X>(event)),
                        &run_timeout<S, type>);
  }
  template <class X>
  Self start(timeout_kind which, term name, duration d, X&& event) {
    if (d == infinity) return cancel(which, std::move(name));
    this->step.timeouts.push_back(
        {order::start, which, std::move(name), d.count(), timeout_event(std::forward<X>(event))});
    return self();
  }
  Self cancel(timeout_kind which, term name) {
    this->step.timeouts.push_back({order::cancel, which, std::move(name), 0, continuation()});
    return self();
  }
  template <class X>
  Self update(timeout_kind which, term name, X&& event) {
    this->step.timeouts.push_back(
        {order::update, which, std::move(name), 0, timeout_event(std::forward<X>(event))});
    return self();
  }
};

// Events that come before all that wait. `Result`: what this makes of Self.
template <class S, class Self, class Result>
class statem_insertions : public statem_actions<S, Self> {
 public:
  template <class X>
    requires(!is_from<std::decay_t<X>>)
  Result next_event(X&& event) && {
    using type = std::decay_t<X>;
    check_internal<S, type>();
    return insert(make_node<type>(plain_type<type>, std::forward<X>(event)),
                  &run_internal<S, type>);
  }
  // The call is handled again.
  template <class M>
  Result next_event(from<M> caller) && {
    return insert(from_access::release(caller), &run_again<S>);
  }
  template <class M>
  Result next_cast(M&& message) && {
    using type = std::decay_t<M>;
    return insert(make_node<type>(cast_type<type>, std::forward<M>(message)), &run_again<S>);
  }
  template <class M>
  Result next_info(M&& message) && {
    using type = std::decay_t<M>;
    return insert(make_node<type>(plain_type<type>, std::forward<M>(message)), &run_again<S>);
  }

 protected:
  Result result() { return Result(std::move(static_cast<Self&>(*this))); }

 private:
  Result insert(signal* event, continuation::run_function run) {
    this->step.events.push_back(continuation(event, run));
    return result();
  }
};

template <class S, class Self>
class statem_transitions : public statem_insertions<S, Self, basic_transition<S>> {
 public:
  basic_transition<S> postpone() && {
    this->step.postpones = true;
    return this->result();
  }
  template <class M>
  basic_transition<S> postpone(from<M> caller) && {
    this->step.postponed_call = continuation(from_access::release(caller), &run_again<S>);
    return this->result();
  }
};

}  // namespace detail
}  // namespace beamish::inline v0
