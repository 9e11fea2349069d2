// SPDX-License-Identifier: Apache-2.0
//
// send_token: what send and cast return. Drop it: fire and forget. Or ask it, or await it.
//
// ```cpp
// pid worker = spawn([]() -> task<> { co_await receive<std::string>(); });
// send(worker, 1);                                  // dropped
// send(worker, 2).accepted();                       //=> true
// bool sent = co_await send(worker, 3);             //=> true
// ```
//
// Guarantees: awaited, it gives others their turn when the sender's slice is spent, so that a
// producer doesn't run ahead of its consumer for long; and where the receiver's mailbox is bounded
// and lets senders wait, it waits until there is room. True if the message went its way, which says
// nothing of whether anybody is there. A message that had to wait goes only when it is awaited; if
// the sender ends before, it never goes.
//
// Errors: false for a mailbox that has no room. Threads: await it in a coroutine of a process; in
// the body of a spawn_thread, wait().
//
// Mirrors nothing: send/2 and cast/2 always succeed. When not to use it: for unbounded mailboxes in
// code that is not in a hurry.
// tested in: mailbox_limit_test.cpp
#pragma once

#include <coroutine>
#include <type_traits>
#include <utility>

#include "beamish/runtime/process_slot.hpp"

namespace beamish::inline v0 {

namespace detail {

// A message that waits, or could wait, for room.
struct held_message;
struct send_outcome {
  held_message* held = nullptr;
  bool refused = false;
  bool slice_spent = false;
};
// What is left to do for a message that `post` has not sent: holds it, if it was held back.
enum class posting : std::uint8_t;
send_outcome outcome_of(posting posted, pid to, signal* message) noexcept;
// True if the process now waits for room; false if it need not.
bool wait_for_room(process_slot& self, held_message& held, std::coroutine_handle<> frame) noexcept;
// The same on the thread of a thread body, which blocks. Throws `exited` if its process is gone.
void wait_for_room_in_thread(held_message& held);
// Sends what has waited. True if it went.
bool send_held(held_message* held) noexcept;
// Nobody waits for it: it was refused.
void give_up_held(held_message* held) noexcept;

}  // namespace detail

class send_token : detail::waiter {
 public:
  using beamish_awaitable = void;
  send_token() noexcept = default;
  explicit send_token(detail::send_outcome outcome) noexcept : outcome_(outcome) {}
  send_token(const send_token&) = delete;
  send_token& operator=(const send_token&) = delete;
  ~send_token() {
    if (outcome_.held != nullptr) detail::give_up_held(outcome_.held);
  }

  // False if there was no room for the message.
  bool accepted() const noexcept { return !outcome_.refused && outcome_.held == nullptr; }
  // Blocks a thread body until there is room. The same answer as of co_await.
  bool wait() {
    if (outcome_.held != nullptr) detail::wait_for_room_in_thread(*outcome_.held);
    return await_resume();
  }

  bool await_ready() const noexcept { return outcome_.held == nullptr && !outcome_.slice_spent; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> h) noexcept {
    process_slot& self = *h.promise().self;
    if (outcome_.held != nullptr) return detail::wait_for_room(self, *outcome_.held, h);
    frame = h;
    self.waiting = this;
    return true;
  }
  bool await_resume() noexcept {
    if (outcome_.held == nullptr) return !outcome_.refused;
    return detail::send_held(std::exchange(outcome_.held, nullptr));
  }

 private:
  using process_slot = detail::process_slot;
  detail::send_outcome outcome_;
};

namespace detail {

// Of an expression whose temporaries g++ 12 would destroy twice if it were awaited.
class named_send_token : public send_token {
 public:
  using send_token::send_token;
  template <class P>
  bool await_suspend(std::coroutine_handle<P>) noexcept {
    constexpr bool is_safe = std::is_void_v<P>;
    static_assert(is_safe,
                  "g++ 12 destroys a temporary aggregate twice in a co_await expression: name the "
                  "message first, or give its fields, as in send<message>(to, fields...)");
    return false;
  }
};

// On g++ before 14 a temporary aggregate in a full-expression with co_await is destroyed twice.
template <class A>
inline constexpr bool safe_in_co_await =
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 14
    std::is_lvalue_reference_v<A> || !std::is_aggregate_v<std::remove_cvref_t<A>> ||
    std::is_trivially_destructible_v<std::remove_cvref_t<A>> ||
    std::is_array_v<std::remove_cvref_t<A>>;
#else
    true;
#endif

template <class... Args>
using send_token_for =
    std::conditional_t<(safe_in_co_await<Args> && ...), send_token, named_send_token>;

}  // namespace detail

}  // namespace beamish::inline v0
