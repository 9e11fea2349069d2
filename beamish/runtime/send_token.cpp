// SPDX-License-Identifier: Apache-2.0
// tested in: mailbox_limit_test.cpp
#include "beamish/runtime/send_token.hpp"

#include <new>
#include <stdexcept>

#include "beamish/runtime/mailbox_room.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/request.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/runtime/thread_state.hpp"

namespace beamish::inline v0::detail {

struct held_message {
  held_message(signal* m, pid receiver) noexcept : message(m), to(receiver) {}
  held_message(const held_message&) = delete;
  held_message& operator=(const held_message&) = delete;
  // An answer that comes later finds nobody, and its place is free again.
  ~held_message() {
    if (wait.returned) wait.node->type->dispose(wait.node);
  }

  signal* message;
  pid to;
  call_waiter wait;  // for the answer to its request for a place
};

send_outcome outcome_of(posting posted, pid to, signal* message) noexcept {
  switch (posted) {
    case posting::done:
      break;
    case posting::refused:
      return {nullptr, true, false};
    case posting::held_back:
      try {
        return {pool_new<held_message>(message, to), false, false};
      } catch (const std::bad_alloc&) {
        return {nullptr, refuse_message(to, message) == posting::refused, false};
      }
  }
  return {};
}

namespace {

// The process stands in line and waits. False if there is no line any more, or no memory to stand
// in it: then the message just goes.
bool stand_in_line(process_slot& self, held_message& held) noexcept {
  try {
    held.wait.node = make_request<room_wanted>();
  } catch (const std::bad_alloc&) {
    return false;
  }
  held.wait.node->from = pid_of(self);
  held.wait.to = held.to;
  wait_for_reply(self, held.wait);
  if (wait_in_line(held.to, held.wait.node)) return true;
  self.waiting = nullptr;
  discard_request(std::exchange(held.wait.node, nullptr));
  return false;
}

}  // namespace

bool wait_for_room(process_slot& self, held_message& held, std::coroutine_handle<> frame) noexcept {
  held.wait.frame = frame;
  return stand_in_line(self, held);
}

void wait_for_room_in_thread(held_message& held) {
  const context* here = current_context();
  if (here == nullptr || here->as_thread == nullptr)
    throw std::logic_error(
        "wait() of a send works in thread bodies only (spawn_thread): in a coroutine await it");
  thread_state& t = *here->as_thread;
  held.wait.deadline = timer_service::never;
  {
    self_access me;
    if (!stand_in_line(*me, held)) return;
  }
  wait_for_reply_in_thread(t, held.wait);
}

bool send_held(held_message* held) noexcept {
  context* here = current_context();
  signal* message = std::exchange(held->message, nullptr);
  const pid to = held->to;
  const call_waiter& w = held->wait;
  const bool has_place = w.returned && w.node->progress == request_progress::answered;
  if (has_place) static_cast<request_node<room_wanted>*>(w.node)->answer.use();
  pool_delete(held);
  if (has_place) count_in(to, *message);
  deliver_from(here, sender_of(here), to, message);
  return true;
}

void give_up_held(held_message* held) noexcept {
  if (held->message != nullptr) refuse_message(held->to, held->message);
  pool_delete(held);
}

}  // namespace beamish::inline v0::detail
