// SPDX-License-Identifier: Apache-2.0
//
// What a server's callback may return: OTP's tuples as types.
//
// ```cpp
// struct door : gen_server<door> {
//   struct open { using reply = bool; };
//   struct shut {};
//   using messages = accepts<open, shut>;
//   init_result init(int key) { return key < 0 ? stop_init(atom("bad_key")) : ok(); }
//   call_result<open> handle_call(open&) { return reply(true).timeout(std::chrono::minutes(1)); }
//   outcome handle_cast(shut&) { return stop(atom("normal")); }         // {:stop, :normal, s}
//   outcome handle_info(timeout_message&) { return noreply().hibernate(); }
// };
// auto d = co_await start<door>(1);
// auto opened = co_await d.call<door::open>();    //=> true
// auto ref = monitor(d.process());
// d.cast<door::shut>();
// auto down = co_await receive<down_message>();
// down.reason.value();                            //=> :normal
// ```
//
// The names are members of gen_server. Each result can be followed by one of .timeout(d): a
// handle_info(timeout_message&) if nothing comes in time; .hibernate(); .then(x):
// handle_continue(x&) before any other message. A result that comes as a term (from a script, a
// file, another node) goes through init_from(t) and outcome_from(t), which take OTP's shapes
// without the state: :ok, :ignore, :noreply, {:stop, r}, {:noreply, 100 | :hibernate}.
//
// Units: std::chrono durations; in terms, milliseconds. Errors: a term of no such shape exits
// {bad_return_value, t}. Threads: values.
//
// Mirrors what GenServer's callbacks return. When not to use it: if the callback only goes on, or
// only answers; return void, or the reply itself.
// tested in: outcome_test.cpp
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "beamish/runtime/exit_reason.hpp"
#include "beamish/runtime/message.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/request.hpp"

namespace beamish::inline v0 {

// Nothing came within the time that a callback's result had given. OTP's :timeout message.
struct timeout_message {};

namespace detail {

struct server_box;

// Calls S::handle_continue with the X that the signal carries. Defined in server_callbacks.hpp.
template <class S, class X>
void run_continue(server_box& box, signal& s);

// The value of a {:continue, value}, and how to hand it to the server that made it.
class continuation {
 public:
  using run_function = void (*)(server_box&, signal&);

  continuation() = default;
  continuation(signal* value, run_function f) noexcept : value_(value), run_(f) {}
  continuation(continuation&& other) noexcept
      : value_(std::exchange(other.value_, nullptr)), run_(other.run_) {}
  continuation& operator=(continuation&& other) noexcept {
    std::swap(value_, other.value_);
    std::swap(run_, other.run_);
    return *this;
  }
  ~continuation() {
    if (value_ != nullptr) value_->type->dispose(value_);
  }
  signal* release() noexcept { return std::exchange(value_, nullptr); }
  run_function run() const noexcept { return run_; }
  explicit operator bool() const noexcept { return value_ != nullptr; }

 private:
  signal* value_ = nullptr;
  run_function run_ = nullptr;
};

// What happens after a callback, whatever the server.
struct next_step {
  std::optional<exit_reason> stop_reason;
  std::int64_t timeout_ns = for_ever;
  bool hibernates = false;
  continuation next;

  template <class S, class X>
  void continue_with(X&& value) {
    using type = std::decay_t<X>;
    next = continuation(make_node<type>(plain_type<type>, std::forward<X>(value)),
                        &run_continue<S, type>);
  }
};

// The part of every result that can be chained.
template <class S, class Self>
class chained {
 public:
  Self&& timeout(duration d) && {
    step.timeout_ns = d.count();
    return std::move(static_cast<Self&>(*this));
  }
  Self&& hibernate() && {
    step.hibernates = true;
    return std::move(static_cast<Self&>(*this));
  }
  template <class X>
  Self&& then(X&& value) && {
    step.template continue_with<S>(std::forward<X>(value));
    return std::move(static_cast<Self&>(*this));
  }
  next_step step;  // for the engine
};

struct outcome_base {};
struct init_result_base {};

// {:noreply, s …} or {:stop, reason, s}.
template <class S>
class [[nodiscard]] basic_outcome : public chained<S, basic_outcome<S>>, outcome_base {
 public:
  basic_outcome() = default;
  explicit basic_outcome(exit_reason reason) { this->step.stop_reason = std::move(reason); }
};

// {:reply, value, s …} or {:stop, reason, value, s}, before it is known which message it answers.
template <class S, class R>
class [[nodiscard]] basic_reply : public chained<S, basic_reply<S, R>> {
 public:
  explicit basic_reply(R v) : value(std::move(v)) {}
  basic_reply(R v, exit_reason reason) : value(std::move(v)) {
    this->step.stop_reason = std::move(reason);
  }
  R value;
};

// What handle_call returns when its branches differ.
template <class S, class M>
class [[nodiscard]] basic_call_result {
 public:
  template <class R>
    requires std::is_constructible_v<stored_reply_t<M>, R&&>
  basic_call_result(R&& v) : value(std::in_place, std::forward<R>(v)) {}
  template <class R>
  basic_call_result(basic_reply<S, R>&& r)
      : value(std::in_place, std::move(r.value)), step(std::move(r.step)) {}
  basic_call_result(basic_outcome<S>&& after) : step(std::move(after.step)) {}

  std::optional<stored_reply_t<M>> value;
  next_step step;
};

enum class init_kind : std::uint8_t { ok, stop, ignore };

template <class S>
class [[nodiscard]] basic_init_result : public chained<S, basic_init_result<S>>, init_result_base {
 public:
  basic_init_result() = default;
  explicit basic_init_result(init_kind k) : what(k) {}
  explicit basic_init_result(exit_reason r) : what(init_kind::stop), reason(std::move(r)) {}
  init_kind what = init_kind::ok;
  exit_reason reason;
};

// Results that come as terms. Exit {bad_return_value, value} if it is none.
next_step step_from(const term& value);
init_kind init_from(const term& value, exit_reason& reason, next_step& step);

// The vocabulary of results, for gen_server<Server>.
template <class Server>
struct server_results {
  using outcome = basic_outcome<Server>;
  using init_result = basic_init_result<Server>;
  template <class M>
  using call_result = basic_call_result<Server, M>;

  static outcome noreply() { return outcome(); }
  static outcome stop(exit_reason reason) { return outcome(std::move(reason)); }
  static outcome stop(term reason) { return outcome(exit_reason(std::move(reason))); }
  template <class R>
  static basic_reply<Server, std::decay_t<R>> reply(R&& value) {
    return basic_reply<Server, std::decay_t<R>>(std::forward<R>(value));
  }
  template <class R>
  static basic_reply<Server, std::decay_t<R>> stop_with_reply(exit_reason reason, R&& value) {
    return basic_reply<Server, std::decay_t<R>>(std::forward<R>(value), std::move(reason));
  }
  template <class R>
  static basic_reply<Server, std::decay_t<R>> stop_with_reply(term reason, R&& value) {
    return basic_reply<Server, std::decay_t<R>>(std::forward<R>(value),
                                                exit_reason(std::move(reason)));
  }
  static outcome outcome_from(const term& value) {
    outcome o;
    o.step = step_from(value);
    return o;
  }
  static init_result init_from(const term& value) {
    init_result r;
    r.what = detail::init_from(value, r.reason, r.step);
    return r;
  }
  static init_result ok() { return init_result(); }
  static init_result ignore() { return init_result(init_kind::ignore); }
  static init_result stop_init(exit_reason reason) { return init_result(std::move(reason)); }
  static init_result stop_init(term reason) { return init_result(exit_reason(std::move(reason))); }
};

}  // namespace detail
}  // namespace beamish::inline v0
