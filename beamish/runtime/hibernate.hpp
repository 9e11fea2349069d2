// SPDX-License-Identifier: Apache-2.0
//
// hibernate: wait for the next message without taking it.
//
// ```cpp
// send(self(), 42);
// co_await hibernate();                 // may take days; here the message is there already
// auto m = co_await receive<int>();     //=> 42
// ```
//
// Guarantees: returns at once if a message is already queued; identity, mailbox, links and monitors
// stay as they are, and the order of messages too. process_info shows the status `hibernating`.
// Threads: await it in a coroutine of a process. Errors: none; a kill ends the process where it
// waits.
//
// Mirrors Process.hibernate/3, but goes on behind the await: a suspended coroutine holds no stack
// that could be given up. When not to use it: in a server, which hibernates by its callbacks'
// results, or to wait for one kind of message (receive).
// tested in: process_info_test.cpp
#pragma once

#include "beamish/runtime/receive.hpp"

namespace beamish::inline v0 {

class [[nodiscard("co_await it")]] hibernate : detail::signal_waiter {
 public:
  using beamish_awaitable = void;
  hibernate() noexcept {
    match = [](waiter& w, detail::signal& s) {
      if (s.type == &detail::wait_question_type) return detail::tell_wait(s, "a message");
      static_cast<hibernate&>(w).first_ = &s;
      return true;
    };
  }
  bool await_ready() const noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> h) noexcept {
    self_ = h.promise().self;
    frame = h;
    self_->scan = &self_->queue;
    self_->waiting = this;
    self_->set(detail::slot_flag::hibernating);
  }
  void await_resume() const noexcept {
    self_->clear(detail::slot_flag::hibernating);
    self_->enqueue_first(first_);
  }

 private:
  detail::process_slot* self_ = nullptr;
  detail::signal* first_ = nullptr;
};

}  // namespace beamish::inline v0
