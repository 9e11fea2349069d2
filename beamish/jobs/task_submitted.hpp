// SPDX-License-Identifier: Apache-2.0
//
// submitted: a task that was given to a task handler, and whose response is awaited.
//
// ```cpp
// auto handler = co_await task_handler::start_link();
// submitted<int> job = handler.submit([] { return 6 * 7; });
// auto response = co_await job;
// *response;    //=> 42
// ```
//
// Name it, and await it for its response: answer<R>. If it is dropped, the task still runs, and
// nobody hears of its end. A request that was in the mailbox of a supervised handler that was
// killed is sent again, while it is awaited: the task had not been taken.
//
// Threads: the process that submitted the task. Errors: to await it twice, or in another process,
// is std::logic_error. Mirrors Task.await/1. When not to use it: where the response doesn't matter
// (add_task).
// tested in: task_handler_use_test.cpp
#pragma once

#include <memory>
#include <utility>

#include "beamish/jobs/task_messages.hpp"
#include "beamish/otp/kept_address.hpp"
#include "beamish/otp/requests.hpp"

namespace beamish::inline v0 {

namespace detail {

class task_address;

// Which handler is meant: a process, whoever has a name, or the one of a tree without a name. A
// tree has no name of a registry: its supervisor is found by the name of its handler.
struct handler_reference {
  handler_reference() = default;  // no aggregate: g++ 12 destroys those twice beside co_await
  explicit handler_reference(kept_address a) : to(std::move(a)) {}
  kept_address to;
  std::shared_ptr<task_address> where;

  destination address() const;
  pid supervisor() const;
  // Whether somebody may start it again.
  bool may_come_back() const { return where != nullptr || is_named(); }

 private:
  bool is_named() const { return to.address().kind() == destination::kind::name; }
};

// Waits until another process than that stands for the handler. False: nobody will.
task<bool> comes_back(handler_reference to, pid former);

void add_record(const handler_reference& to, task_ref job);
task<task_id> enqueue_record(handler_reference to, task_ref job);

// Throws std::logic_error: the response was taken, or the request is another process's.
void check_may_await(const reference& request);

// Sends the request again as long as it was not taken.
task<exit_reason> submit_again(handler_reference to, task_ref job, pid former, exit_reason why);

}  // namespace detail

template <class R>
class [[nodiscard("co_await it for the response")]] submitted {
 public:
  using beamish_awaitable = void;
  using must_be_named = void;

  submitted(const detail::handler_reference& to, detail::counted<detail::task_result_record<R>> job)
      : sent_to_(to.address().resolve()),
        job_(std::move(job)),
        again_(to.may_come_back() ? std::make_unique<detail::handler_reference>(to) : nullptr),
        request_(send_request<detail::task_submit>(to.address(), detail::task_ref(job_))) {}

  bool await_ready() const {
    detail::check_may_await(request_.id());
    return false;
  }
  template <class P>
  void await_suspend(std::coroutine_handle<P> h) {
    waiting_ = wait(*this);
    waiting_.await_suspend(h);
  }
  answer<R> await_resume() {
    // Its frame is free for the next one.
    auto waited = std::move(waiting_);
    const exit_reason end = waited.await_resume();
    if (!end.is_normal()) return answer<R>(end);
    if (!job_->value) return answer<R>(exit_reason::normal());
    if constexpr (std::is_void_v<R>)
      return answer<R>(std::in_place, true);
    else
      return answer<R>(std::in_place, std::move(*job_->value));
  }

 private:
  static exit_reason end_of(answer<exit_reason> a) { return a.ok() ? *a : a.reason(); }
  static task<exit_reason> wait(submitted& me) {
    auto first = co_await receive_response(me.request_);
    if (first.ok() || !me.again_ || me.job_->accepted.load(std::memory_order_acquire))
      co_return end_of(first);
    auto again = detail::submit_again(*me.again_, me.job_, me.sent_to_, first.reason());
    exit_reason end = co_await again;
    co_return end;
  }

  // Small: who submits many tasks keeps one of these for each.
  pid sent_to_;
  detail::counted<detail::task_result_record<R>> job_;
  std::unique_ptr<const detail::handler_reference> again_;  // null: nobody starts it again
  request_id<detail::task_submit> request_;
  task<exit_reason> waiting_;
};

}  // namespace beamish::inline v0
