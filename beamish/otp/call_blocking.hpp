// SPDX-License-Identifier: Apache-2.0
//
// Calls from thread bodies: they block the thread, not a worker.
//
// ```cpp
// struct counter : gen_server<counter> {
//   struct total { using reply = int; };
//   using messages = accepts<total>;
//   int handle_call(total&) { return 42; }
// };
// auto c = co_await start_link<counter>({.name = "counter"});
// spawn_thread([asker = self()] {
//   int sum = call_blocking<counter::total>("counter");            // exits on failure
//   auto none = try_call_blocking<counter::total>("nobody");       // answer<int>: never exits
//   send(asker, none.ok() ? 0 : sum);
// });
// auto got = co_await receive<int>();    //=> 42
// ```
//
// Guarantees: those of call (see call.hpp). A process that is killed meanwhile leaves the wait at
// once: the function then sees `exited`.
//
// Units: 5 s unless `within` gives another std::chrono duration. Errors: the reasons of call;
// elsewhere than on the thread of a thread body it is std::logic_error. Threads: that of a thread
// body.
//
// Mirrors GenServer.call/3. When not to use it: in a coroutine (call), or on a thread that is no
// process (node::call).
// tested in: call_blocking_test.cpp
#pragma once

#include <utility>

#include "beamish/otp/call.hpp"

namespace beamish::inline v0 {

namespace detail {

// Sends and waits; true if the node is back. Throws `exited` if the process is gone.
bool call_in_thread(const call_target& to, call_waiter& w);
// Throws std::logic_error elsewhere.
void require_thread_body();
void refuse_calling_self(call_target& to);

// A request that ends with its scope.
struct scoped_waiter : call_waiter {
  bool sent = false;
  ~scoped_waiter() { end_waiter(*this, sent); }
};

template <class M, class... Args>
answer<reply_t<M>> block_on_request(within limit, const destination& to, Args&&... args) {
  require_thread_body();
  call_target target = resolve_for_call(to, has_codec<M>);
  refuse_calling_self(target);
  scoped_waiter w;
  auto* node = make_request<M>(std::forward<Args>(args)...);
  w.node = node;
  w.timeout = limit.limit.count();
  w.passes_on = limit.passes_on;
  kept_question<M> question;
  question.keep(node->question);
  using result = answer<reply_t<M>>;
  if (!target.process)
    return result(call_failed(target.unreachable, target, question.shown(node), limit.limit));
  w.sent = true;
  if (!call_in_thread(target, w)) {
    return result(call_gave_up(w, target, question.shown(nullptr), limit.limit));
  }
  if (node->progress != request_progress::answered)
    return result(call_failed(node->failure, target, question.shown(node), limit.limit));
  if constexpr (std::is_void_v<reply_t<M>>)
    return result(std::in_place, true);
  else
    return result(std::in_place, std::move(node->answer));
}

template <class M, class... Args>
answer<reply_t<M>> block_on_call(within limit, const destination& to, Args&&... args) {
  constexpr bool makes_one = makes_message<M, Args&&...>;
  static_assert(makes_one,
                "these arguments don't make this message: give its fields, in their order");
  if constexpr (makes_one)
    return block_on_request<M>(limit, to, std::forward<Args>(args)...);
  else
    return answer<reply_t<M>>(exit_reason());
}

template <class M, class... Args>
reply_t<M> block_on_call_or_exit(within limit, const destination& to, Args&&... args) {
  auto got = block_on_call<M>(limit, to, std::forward<Args>(args)...);
  if (!got.ok()) throw exited(got.reason());
  if constexpr (!std::is_void_v<reply_t<M>>) return std::move(*got);
}

}  // namespace detail

template <class M, class... Args>
auto call_blocking(const destination& to, Args&&... args) {
  return detail::block_on_call_or_exit<M>(within(default_call_timeout), to,
                                          std::forward<Args>(args)...);
}
template <class M, class... Args>
auto call_blocking(within limit, const destination& to, Args&&... args) {
  return detail::block_on_call_or_exit<M>(limit, to, std::forward<Args>(args)...);
}
template <class M, class... Args>
auto try_call_blocking(const destination& to, Args&&... args) {
  return detail::block_on_call<M>(within(default_call_timeout), to, std::forward<Args>(args)...);
}
template <class M, class... Args>
auto try_call_blocking(within limit, const destination& to, Args&&... args) {
  return detail::block_on_call<M>(limit, to, std::forward<Args>(args)...);
}

}  // namespace beamish::inline v0
