// SPDX-License-Identifier: Apache-2.0
//
// task_handler: runs tasks, at most `task_limit` at a time, in the order in which they were added.
//
// ```cpp
// auto handler = co_await beamish::task_handler::start_link({.task_limit = 2});
// handler.add_task([] { std::puts("working"); });    // fire and forget
// auto job = handler.submit([] { return 6 * 7; });
// auto response = co_await job;    // or its .reason() says why there is no value
// *response;    //=> 42
// auto status = co_await handler.status();
// status.task_limit;    //=> 2
// ```
//
// A task is a plain function, which may block (it runs on a thread of its own), or a coroutine
// task<R> (it runs on the workers, and a million of them cost little). Its response goes back to
// who submitted it.
//
// Guarantees: first in, first out. Never more than the limit at a time, and never fewer while
// something waits, unless the node has no thread left (its max_threads) or no process: then the
// first of the queue waits until there is one, those behind it too, and the status shows how many
// really run. A task that throws harms nobody: its submitter gets the exception as the reason.
// A task that is cancelled and doesn't stop keeps its slot until it returns (`abandoned` in the
// status). Nothing is lost: every submitted task gets exactly one response, also when the handler
// itself ends. Its tasks end with it, also when it is killed; their threads are told to.
//
// A handler by name (task_handler::named) is looked up at each use. Nobody there: submit answers
// {noproc, name}, add_task logs a warning, the others exit the caller. A std::function or function
// pointer that is empty is an argument_error of who gives it.
//
// Options: task_limit (0: nothing starts until it is raised), queue_limit (beyond it submit answers
// {rejected, queue_full}, and add_task logs and counts), name (default "TaskHandler"; "" for none).
//
// When not to use it: for one piece of work beside the caller (spawn), or for state (gen_server).
#pragma once

#include <cstddef>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "beamish/jobs/task_job.hpp"
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/requests.hpp"

namespace beamish::inline v0 {

struct task_handler_options {
  static constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();
  std::size_t task_limit = 2;
  std::size_t queue_limit = no_limit;
  std::string_view name = "TaskHandler";
};

using task_id = std::uint64_t;

// What status returns. Prints as %TaskHandler{task_limit: 2, tasks: [#PID<…>], queue: [1, 2]}: the
// pids of those that run, and the ids of those that wait.
struct task_handler_status {
  std::size_t task_limit = 0;
  std::vector<pid> tasks;
  std::vector<task_id> queue;
  std::vector<pid> abandoned;  // cancelled, but their threads have not returned
  std::size_t completed = 0;   // have ended, whatever their response
  std::size_t rejected = 0;

  friend term to_term(const task_handler_status& s);
};

namespace detail {

// The server. Users talk to it through task_handler.
struct task_handler_server : gen_server<task_handler_server> {
  struct add {
    std::unique_ptr<task_job> job;
  };
  struct submit {
    using reply = exit_reason;  // normal: the value is there
    std::unique_ptr<task_job> job;
  };
  struct enqueue {
    using reply = task_id;  // 0: rejected
    std::unique_ptr<task_job> job;
  };
  struct cancel {
    using reply = bool;
    task_id id;
  };
  struct status {
    using reply = task_handler_status;
  };
  struct set_limit {
    using reply = void;
    std::size_t limit;
  };
  // To itself: the node may have room for a task again.
  struct look_for_room {};
  using messages =
      accepts<add, submit, enqueue, cancel, status, set_limit, thread_returned, look_for_room>;

  void init(std::size_t task_limit, std::size_t queue_limit);
  void handle_cast(add& m);
  void handle_call(submit& m, from<submit> submitter);
  task_id handle_call(enqueue& m);
  bool handle_call(cancel& m);
  task_handler_status handle_call(status&);
  void handle_call(set_limit& m);
  void handle_info(down_message& m);
  void handle_info(thread_returned& m);
  void handle_info(look_for_room&);
  void handle_info(exit_message&) {}
  void terminate(const exit_reason& reason);
  term format_status() { return to_term(picture()); }

 private:
  struct waiting {
    task_id id = 0;
    std::unique_ptr<task_job> job;
    std::optional<from<submit>> submitter;
  };
  struct running {
    task_id id = 0;
    std::optional<from<submit>> submitter;
    monitored process;
    bool ended = false;     // its DOWN has come
    bool returned = false;  // its thread has left the function
  };

  task_id accept(std::unique_ptr<task_job> job, std::optional<from<submit>> submitter);
  void fill_slots();
  // False if the node has no room for it now: it stays first in the queue.
  bool start_first();
  void give_up_first(const exit_reason& why);
  void wait_for_room(const exit_reason& why);
  void try_again();
  void release_if_over(std::vector<running>::iterator at);
  task_handler_status picture() const;

  std::size_t task_limit_ = 2;
  std::size_t queue_limit_ = task_handler_options::no_limit;
  std::deque<waiting> queue_;
  std::vector<running> running_;
  task_id next_id_ = 1;
  std::size_t completed_ = 0;
  std::size_t rejected_ = 0;
  // The first of the queue found no room. Tried again when a task ends and, since the room may be
  // somebody else's, after a while.
  bool lacks_room_ = false;
  bool told_of_room_ = false;  // logged once, until nothing waits any more
  bool timer_runs_ = false;
  duration patience_ = first_patience;
  static constexpr duration first_patience = std::chrono::milliseconds(1);
  static constexpr duration last_patience = std::chrono::seconds(1);
};

// Throws std::logic_error: the response was taken, or the request is another process's.
void check_may_await(const reference& request);

}  // namespace detail

// A task that was submitted. Name it, and await it for its response: answer<R>. If it is dropped,
// the task still runs, and nobody hears of its end. To await it twice, or in another process than
// submitted it, is std::logic_error.
template <class R>
class [[nodiscard("co_await it for the response")]] submitted {
 public:
  using beamish_awaitable = void;
  using must_be_named = void;

  submitted(const destination& handler, std::unique_ptr<detail::task_job> job,
            std::shared_ptr<detail::task_value<R>> value)
      : value_(std::move(value)),
        request_(send_request<detail::task_handler_server::submit>(handler, std::move(job))) {}

  bool await_ready() const {
    detail::check_may_await(request_.id());
    return false;
  }
  template <class P>
  void await_suspend(std::coroutine_handle<P> h) {
    response_.emplace(request_, infinity);
    response_->await_suspend(h);
  }
  answer<R> await_resume() {
    auto outcome = response_->await_resume();
    if (!outcome.ok()) return answer<R>(outcome.reason());
    if (!outcome->is_normal()) return answer<R>(*outcome);
    if (!value_->value) return answer<R>(exit_reason::normal());
    if constexpr (std::is_void_v<R>)
      return answer<R>(std::in_place, true);
    else
      return answer<R>(std::in_place, std::move(*value_->value));
  }

 private:
  std::shared_ptr<detail::task_value<R>> value_;
  request_id<detail::task_handler_server::submit> request_;
  std::optional<detail::response_awaitable<detail::task_handler_server::submit, false>> response_;
};

class task_handler {
 public:
  using options = task_handler_options;

  task_handler() = default;
  explicit task_handler(pid p) noexcept : process_(p) {}
  // Whoever has that name on this node at each use, also after a restart; calls exit with noproc
  // while there is nobody.
  static task_handler named(std::string_view name = "TaskHandler") {
    task_handler t;
    t.name_ = name;
    return t;
  }

  // Awaitable: gives a task_handler, and exits on failure (a taken name, for one).
  static task<task_handler> start_link(options o);
  static task<task_handler> start_link() { return start_link(options{}); }

  // Adds a task and doesn't wait for anything. If there is no handler it is dropped, and a warning
  // logged.
  template <class F>
  void add_task(F f) const {
    detail::check_not_empty(f, "task_handler");
    add(detail::make_task_job(std::move(f)));
  }
  // Adds a task and tells its id, or 0 if the queue is full.
  template <class F>
  auto enqueue(F f) const {
    detail::check_not_empty(f, "task_handler");
    return beamish::call<detail::task_handler_server::enqueue>(address(),
                                                               detail::make_task_job(std::move(f)));
  }
  // Adds a task at once; awaiting the result waits for its response.
  template <class F>
  auto submit(F f) const {
    using R = detail::awaited_t<std::invoke_result_t<F&>>;
    detail::check_not_empty(f, "task_handler");
    auto value = detail::make_task_value<R>();
    auto job = detail::make_task_job(detail::keep_result<F, R>(std::move(f), value));
    return submitted<R>(address(), std::move(job), std::move(value));
  }
  task<task_handler_status> status() const;
  task<> set_limit(std::size_t limit) const;
  // True if the task was waiting or running. One that runs is told to stop; see `abandoned`.
  task<bool> cancel(task_id id) const;

  // The process that it means now; empty if nobody has the name.
  pid process() const { return address().resolve(); }
  // Valid as long as this object.
  destination address() const { return name_.empty() ? destination(process_) : destination(name_); }

 private:
  void add(std::unique_ptr<detail::task_job> job) const;

  pid process_;
  std::string name_;  // empty: it is that process
};

}  // namespace beamish::inline v0
