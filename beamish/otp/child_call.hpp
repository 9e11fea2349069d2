// SPDX-License-Identifier: Apache-2.0
//
// What start_child of a supervisor gives: the child starts when this is awaited.
//
//     child_result result = co_await shop.start_child(child_spec<library>(3));
//     answer<child_result> got = co_await attempt(shop.start_child(child_spec<library>(7)));
//
// It is a call without a coroutine of its own, since starts come by the hundred thousand. Whom it
// asks is settled when it is made. It waits without end, and exits its caller with noproc if there
// is no supervisor.
//
// Threads: coroutines of processes. Failure: see supervisor.
#pragma once

#include <optional>

#include "beamish/otp/call.hpp"
#include "beamish/otp/child_spec.hpp"

namespace beamish::inline v0::detail {

// The message. The supervisor takes the specification out of it.
struct start_child_request {
  using reply = child_result;
  child_specification spec;
};

class [[nodiscard("a child starts only when this is awaited: co_await it")]] child_call {
 public:
  using beamish_awaitable = void;

  child_call(const destination& supervisor, child_specification&& spec);
  // Nobody is asked.
  explicit child_call(exit_reason refused) : refused_(std::move(refused)) {}

  void awaited_from(std::source_location here) noexcept {
    if (call_) call_->awaited_from(here);
  }
  bool await_ready() const noexcept { return !call_; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> h) {
    return call_->await_suspend(h);
  }
  child_result await_resume() {
    return call_ ? call_->await_resume() : child_result::failed(refused_);
  }

 private:
  std::optional<call_awaitable<start_child_request, false>> call_;
  exit_reason refused_;
};

}  // namespace beamish::inline v0::detail
