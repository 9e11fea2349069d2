// SPDX-License-Identifier: Apache-2.0
//
// What the callbacks of a state machine return: OTP's state transitions and actions as types.
//
// ```cpp
// struct lamp : gen_statem<lamp> {
//   struct off {};
//   struct on {};
//   using states = std::variant<off, on>;
//   struct press {};
//   struct is_on { using reply = bool; };
//   using messages = accepts<press, is_on>;
//   transition handle_cast(off&, press&) { return next_state(on{}).state_timeout(1h); }
//   transition handle_cast(on&, press&) { return next_state(off{}); }
//   transition handle_timeout(on&, state_timeout_message&) { return next_state(off{}); }
//   bool handle_call(on&, is_on&) { return true; }
//   call_result<is_on> handle_call(off&, is_on&) { return keep_state().reply(false); }
// };
// auto l = co_await start<lamp>();
// l.cast<lamp::press>();
// auto lit = co_await l.call<lamp::is_on>();    //=> true
// ```
//
// next_state(s), keep_state(), repeat_state() (enter runs again) and stop(reason) can be followed by
//
//   .state_timeout(d, x)         handle_timeout(state&, x&) if the state lasts so long
//   .event_timeout(d, x)         the same if no event comes
//   .timeout(name, d, x)         the same whatever happens; names are terms, "a" is :a
//   .cancel_state_timeout(), .cancel_timeout(name)
//   .update_state_timeout(x), .update_timeout(name, x)    another x; at once if none runs
//   .hibernate()
//   .reply(from, v)              answers an earlier call, at once
//   .postpone()                  this event comes again after the next change of state
//   .next_event(x), .next_cast(m), .next_info(m)    before anything that waits
//   .reply(v)                    answers this call; the last in the row
//
// Without x a timeout is a state_timeout_message, a timeout_message or a named_timeout_message. A
// stop takes replies only, and enter can neither change the state nor postpone nor insert: what it
// can't return does not compile. A handler that has taken its `from` hands it back to be asked
// again: .postpone(from), .next_event(from).
//
// Units: std::chrono durations; zero comes before anything from the mailbox, infinity cancels.
// Errors: to postpone what is answered already is std::logic_error. Threads: values.
//
// Mirrors state_callback_result and action of gen_statem. When not to use it: in a clause that only
// stays in its state (void), or only answers (the reply itself).
// tested in: gen_statem_test.cpp
#pragma once

#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
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
  Self&& reply(from<M> caller, R&&... value) && {
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
  Self&& state_timeout(duration d, X&& event = {}) && {
    return start(timeout_kind::state, term(), d, std::forward<X>(event));
  }
  template <class X = timeout_message>
  Self&& event_timeout(duration d, X&& event = {}) && {
    return start(timeout_kind::event, term(), d, std::forward<X>(event));
  }
  template <class X>
  Self&& timeout(const timeout_name& name, duration d, X&& event) && {
    return start(timeout_kind::named, name.value(), d, std::forward<X>(event));
  }
  Self&& timeout(const timeout_name& name, duration d) && {
    return start(timeout_kind::named, name.value(), d, named_timeout_message{name.value()});
  }
  Self&& cancel_state_timeout() && { return cancel(timeout_kind::state, term()); }
  Self&& cancel_timeout(const timeout_name& name) && {
    return cancel(timeout_kind::named, name.value());
  }
  template <class X>
  Self&& update_state_timeout(X&& event) && {
    return update(timeout_kind::state, term(), std::forward<X>(event));
  }
  template <class X>
  Self&& update_timeout(const timeout_name& name, X&& event) && {
    return update(timeout_kind::named, name.value(), std::forward<X>(event));
  }
  Self&& hibernate() && {
    this->step.hibernates = true;
    return self();
  }

 private:
  using order = timeout_order::kind;
  Self&& self() noexcept { return std::move(static_cast<Self&>(*this)); }
  template <class X>
  static continuation timeout_event(X&& event) {
    using type = std::decay_t<X>;
    return continuation(make_node<type>(plain_type<type>, std::forward<X>(event)),
                        &run_timeout<S, type>);
  }
  template <class X>
  Self&& start(timeout_kind which, term name, duration d, X&& event) {
    if (d == infinity) return cancel(which, std::move(name));
    this->step.timeouts.push_back(
        {order::start, which, std::move(name), d.count(), timeout_event(std::forward<X>(event))});
    return self();
  }
  Self&& cancel(timeout_kind which, term name) {
    this->step.timeouts.push_back({order::cancel, which, std::move(name), 0, continuation()});
    return self();
  }
  template <class X>
  Self&& update(timeout_kind which, term name, X&& event) {
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

struct transition_base {};

template <class S>
class [[nodiscard]] basic_keep : public statem_transitions<S, basic_keep<S>>, transition_base {};

template <class S>
class [[nodiscard]] basic_stop : public statem_replies<S, basic_stop<S>>, transition_base {
 public:
  explicit basic_stop(exit_reason reason) { this->step.stop_reason = std::move(reason); }
};

template <class S>
class [[nodiscard]] basic_transition : public statem_transitions<S, basic_transition<S>>,
                                       transition_base {
 public:
  template <class State>
  explicit basic_transition(std::in_place_t, State&& s) : next(std::forward<State>(s)) {}
  basic_transition(basic_keep<S>&& k) { this->step = std::move(k.step); }
  basic_transition(basic_stop<S>&& s) { this->step = std::move(s.step); }
  std::optional<typename S::states> next;
};

// What enter may return.
template <class S>
class [[nodiscard]] basic_enter_result {
 public:
  basic_enter_result() = default;
  basic_enter_result(basic_keep<S>&& k) : step(std::move(k.step)) {}
  basic_enter_result(basic_stop<S>&& s) : step(std::move(s.step)) {}
  statem_step step;
};

// What handle_call returns when its branches differ.
template <class S, class M>
class [[nodiscard]] basic_statem_call_result {
 public:
  template <class R>
    requires std::is_constructible_v<stored_reply_t<M>, R&&>
  basic_statem_call_result(R&& v)
      : value(std::in_place, std::forward<R>(v)), then(basic_keep<S>()) {}
  template <class R>
  basic_statem_call_result(basic_statem_reply<S, R>&& r)
      : value(std::in_place, std::move(r.value)), then(std::move(r.then)) {}
  basic_statem_call_result(basic_transition<S>&& t) : then(std::move(t)) {}
  basic_statem_call_result(basic_keep<S>&& t) : then(std::move(t)) {}
  basic_statem_call_result(basic_stop<S>&& t) : then(std::move(t)) {}

  std::optional<stored_reply_t<M>> value;
  basic_transition<S> then;
};

template <class S>
class [[nodiscard]] basic_statem_init
    : public statem_insertions<S, basic_statem_init<S>, basic_statem_init<S>> {
 public:
  template <class State>
  explicit basic_statem_init(std::in_place_t, State&& s) : first(std::forward<State>(s)) {}
  explicit basic_statem_init(init_kind k) : what(k) {}
  explicit basic_statem_init(exit_reason r) : what(init_kind::stop), reason(std::move(r)) {}
  std::optional<typename S::states> first;
  init_kind what = init_kind::ok;
  exit_reason reason;
};

template <class V, class State>
inline constexpr bool is_alternative = false;
template <class... States, class State>
inline constexpr bool is_alternative<std::variant<States...>, State> =
    (std::is_same_v<States, State> || ...);

template <class S, class State>
constexpr bool check_state() {
  constexpr bool is_state = is_alternative<typename S::states, State>;
  static_assert(is_state, "this is no state of the machine: add its type to `states`");
  return is_state;
}

// The vocabulary of results, for gen_statem<Server>.
template <class Server>
struct statem_results {
  using transition = basic_transition<Server>;
  using enter_result = basic_enter_result<Server>;
  using init_result = basic_statem_init<Server>;
  template <class M>
  using call_result = basic_statem_call_result<Server, M>;

  template <class State>
  static transition next_state(State&& s) {
    if constexpr (check_state<Server, std::decay_t<State>>())
      return transition(std::in_place, std::forward<State>(s));
    else
      return transition(basic_keep<Server>());
  }
  static basic_keep<Server> keep_state() { return {}; }
  static transition repeat_state() {
    transition again{basic_keep<Server>()};
    again.step.repeats = true;
    return again;
  }
  static basic_stop<Server> stop(exit_reason reason) {
    return basic_stop<Server>(std::move(reason));
  }
  static basic_stop<Server> stop(term reason) {
    return basic_stop<Server>(exit_reason(std::move(reason)));
  }

  template <class State>
  static init_result start_in(State&& s) {
    if constexpr (check_state<Server, std::decay_t<State>>())
      return init_result(std::in_place, std::forward<State>(s));
    else
      return init_result(init_kind::ignore);
  }
  static init_result ignore() { return init_result(init_kind::ignore); }
  static init_result stop_init(exit_reason reason) { return init_result(std::move(reason)); }
  static init_result stop_init(term reason) { return init_result(exit_reason(std::move(reason))); }
};

}  // namespace detail
}  // namespace beamish::inline v0
