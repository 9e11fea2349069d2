// SPDX-License-Identifier: Apache-2.0
//
// The door for threads that are no process: node::call, node::async_call and node::cast.
//
// ```cpp
// #include "beamish/otp/gen_server.hpp"
//
// struct counter : gen_server<counter> {
//   struct add { int amount; };
//   struct total { using reply = int; };
//   using messages = accepts<add, total>;
//   int sum = 0;
//   void handle_cast(add& m) { sum += m.amount; }
//   int handle_call(total&) { return sum; }
// };
// beamish::node n({.name = "shop@host", .workers = 1});
// n.start();
// start_on<counter>(n, {.name = "counter"}).ok();                      //=> true
// n.cast<counter::add>("counter", 3);
// *n.call<counter::total>("counter", std::chrono::seconds(5));         //=> 3
// auto soon = n.async_call<counter::total>("counter");                 // doesn't wait
// *soon.get(std::chrono::seconds(5));                                  //=> 3
// n.call<counter::total>("nobody", std::chrono::seconds(5)).ok();      //=> false
// n.stop();                                                            //=> true
// ```
//
// Guarantees: errors are values, the reasons of a call (see call.hpp): {noproc, …}, {timeout, …}
// and so on; besides, {would_block, …} on a worker of a node or on a simulated thread, where
// blocking could wait for itself. An answer that nobody waits for any more is dropped. Names are
// those of that node.
//
// Units: std::chrono durations. Errors: a second get() of one async_answer is std::logic_error.
// Threads: any, also while the node stops: then the reason says how the server ended. One
// async_answer belongs to one thread at a time.
//
// Mirrors GenServer.call/3 and cast/2 for what OTP has no name for: callers outside. When not to
// use it: in a process (call, cast).
// tested in: node_calls_test.cpp
#pragma once

#include <utility>

#include "beamish/otp/call.hpp"
#include "beamish/runtime/node.hpp"

namespace beamish::inline v0 {

namespace detail {

// One request of a plain thread; gives up in its destructor.
class outside_request {
 public:
  // Sends `node`, which is taken also if this throws.
  outside_request(beamish::node& n, const destination& to, request_base* node, bool has_codec);
  outside_request(outside_request&& other) noexcept
      : call_(std::exchange(other.call_, nullptr)),
        node_(std::exchange(other.node_, nullptr)),
        target_(std::move(other.target_)) {}
  outside_request& operator=(outside_request&&) = delete;
  ~outside_request();

  bool ready() const noexcept;
  // True if the answer is there. False also, and at once, where waiting is not possible.
  bool wait(duration limit) const;
  // The node with its answer or failure, to be disposed of; null if the time is over, and then the
  // request is given up. REQUIRES: not taken yet.
  request_base* take(duration limit);
  const call_target& target() const noexcept { return target_; }

 private:
  outside_call* call_ = nullptr;  // null: taken
  request_base* node_ = nullptr;
  call_target target_;
};

// False on the worker of a node and under a simulated world's baton.
bool may_block_here() noexcept;
exit_reason why_no_answer();
exit_reason no_answer(const call_target& target, term message, duration limit);

// The reason of a call that is not even sent, since its thread must not block.
template <class M>
exit_reason call_refused(const destination& to, duration limit, request_node<M>* unsent) {
  struct discarding {
    request_base* node;
    ~discarding() { discard_request(node); }
  } end{unsent};
  kept_question<M> question;
  question.keep(unsent->question);
  call_target target;
  target.shown = to.to_term();
  return call_failed(why_no_answer(), target, question.shown(unsent), limit);
}

}  // namespace detail

// What async_call gives. Move-only; dropping it gives the request up.
template <class M>
class [[nodiscard("without it the answer is dropped")]] async_answer {
 public:
  using result = answer<detail::reply_t<M>>;

  async_answer(node& n, const destination& to, detail::request_node<M>* request)
      : request_(n, to, keep(request), has_codec<M>) {}

  bool ready() const noexcept { return request_.ready(); }
  // True if the answer came within the time.
  bool wait(duration limit = infinity) const { return request_.wait(limit); }
  // Once. If it isn't there in time the request is given up, and the reason is {timeout, …}.
  result get(duration limit = infinity) {
    auto* node = static_cast<detail::request_node<M>*>(request_.take(limit));
    if (node == nullptr)
      return result(detail::no_answer(request_.target(), question_.shown(nullptr), limit));
    detail::disposer end(node);
    if (node->progress != detail::request_progress::answered) {
      return result(
          detail::call_failed(node->failure, request_.target(), question_.shown(node), limit));
    }
    if constexpr (std::is_void_v<detail::reply_t<M>>)
      return result(std::in_place, true);
    else
      return result(std::in_place, std::move(node->answer));
  }

 private:
  detail::request_node<M>* keep(detail::request_node<M>* request) {
    question_.keep(request->question);
    return request;
  }
  detail::kept_question<M> question_;
  detail::outside_request request_;
};

template <class M, class... Args>
auto node::async_call(const destination& to, Args&&... args) {
  constexpr bool makes_one = detail::makes_message<M, Args&&...>;
  static_assert(makes_one,
                "these arguments don't make this message: give its fields, in their order");
  if constexpr (makes_one)
    return async_answer<M>(*this, to, detail::make_request<M>(std::forward<Args>(args)...));
  else
    return async_answer<M>(*this, to, nullptr);
}

template <class M, class... Args>
auto node::call(const destination& to, std::chrono::nanoseconds timeout, Args&&... args) {
  using result = typename async_answer<M>::result;
  constexpr bool makes_one = detail::makes_message<M, Args&&...>;
  static_assert(makes_one,
                "these arguments don't make this message: give its fields, in their order");
  if constexpr (!makes_one) {
    return result(exit_reason());
  } else if (!detail::may_block_here()) {
    return result(
        detail::call_refused<M>(to, timeout, detail::make_request<M>(std::forward<Args>(args)...)));
  } else {
    return async_call<M>(to, std::forward<Args>(args)...).get(timeout);
  }
}

template <class M, class... Args>
void node::cast(const destination& to, Args&&... args) {
  constexpr bool makes_one = detail::makes_message<M, Args&&...>;
  static_assert(makes_one,
                "these arguments don't make this message: give its fields, in their order");
  if constexpr (makes_one)
    send_signal(to, detail::make_node<M>(detail::cast_type<M>, std::forward<Args>(args)...));
}

}  // namespace beamish::inline v0
