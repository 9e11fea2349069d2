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
// auto again = handler.submit([] { return 7; }, {.priority = 1, .retries = 3, .label = "seven"});
// auto seven = co_await again;
// auto status = co_await handler.status();
// status.task_limit;    //=> 2
// ```
//
// A task is a plain function, which may block (it runs on a thread of its own), or a coroutine
// task<R> (it runs on the workers, and a million of them cost little). Its response goes back to
// who submitted it. task_options say what is special about one; a function with a parameter
// task_progress& can tell how far it is.
//
// start_link gives one process. start_tree, and child_spec for a supervisor of yours, give a tree
// in which every process may be killed:
//
// ```cpp
// auto handler = co_await task_handler::start_tree({.name = "Safe"});
// auto job = handler.submit([]() -> task<int> { co_return 6 * 7; });
// exit(handler.process(), exit_reason::kill());
// auto response = co_await job;
// *response;    //=> 42
// co_await handler.stop();
// ```
//
// Guarantees: first in, first out, among equal priorities. Never more than the limit at a time, and
// never fewer while something waits, unless the node has no thread left (its max_threads) or no
// process: then the first of the queue waits until there is one, those behind it too, and the
// status shows how many really run. A task that throws harms nobody: its submitter gets the
// exception as the reason. A task that is cancelled and doesn't stop keeps its slot until it
// returns (`abandoned` in the status). Nothing is lost: every submitted task gets exactly one
// response, also when the handler itself ends. Its tasks end with it, also when it is killed; their
// threads are told to. Of a tree, what a kill of each process does is on a page:
// doc/task_handler.md.
//
// A handler by name (task_handler::named) is looked up at each use. Nobody there: submit answers
// {noproc, name}, add_task logs a warning, the others exit the caller. If a supervisor is about to
// start it again they wait for that, and ask again; only an add_task that had not arrived is gone.
// A std::function or function pointer that is empty is an argument_error of who gives it.
//
// Options: task_limit (0: nothing starts until it is raised), queue_limit (beyond it submit answers
// {rejected, queue_full}, and add_task logs and counts), name (default "TaskHandler"; "" for none)
// or, of start_link, registry_name; shared_limit (a shared_task_limit, which must live until the
// start has returned), drain (how long a stop in order waits until nothing is left), when_lost and
// max_restarts (within 5 s) of a tree.
//
// When not to use it: for one piece of work beside the caller (spawn), or for state (gen_server).
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "beamish/jobs/shared_task_limit.hpp"
#include "beamish/jobs/task_event.hpp"
#include "beamish/jobs/task_handler_server.hpp"
#include "beamish/jobs/task_options.hpp"
#include "beamish/jobs/task_progress.hpp"
#include "beamish/jobs/task_status.hpp"
#include "beamish/jobs/task_submitted.hpp"

namespace beamish::inline v0 {

// Trivially destructible, so that it can be written in place.
struct task_handler_options {
  static constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();
  std::size_t task_limit = 2;
  std::size_t queue_limit = no_limit;
  std::string_view name = "TaskHandler";
  const via* registry_name = nullptr;  // of start_link, instead of a name
  const shared_task_limit* shared_limit = nullptr;
  duration drain = {};
  lost_tasks when_lost = lost_tasks::are_told;
  std::int64_t max_restarts = 100;
};

class task_handler {
 public:
  using options = task_handler_options;

  task_handler() = default;
  explicit task_handler(pid p) noexcept : to_(detail::kept_address(p)) {}
  // Whoever has that name on this node at each use, also after a restart; calls exit with noproc
  // while there is nobody.
  static task_handler named(std::string_view name = "TaskHandler") {
    return task_handler(detail::handler_reference(detail::kept_address(name)));
  }
  // The same in a registry.
  static task_handler named(via name) {
    return task_handler(detail::handler_reference(detail::kept_address(std::move(name))));
  }

  // Awaitable: gives a task_handler, and exits on failure (a taken name, for one).
  static task<task_handler> start_link(options o);
  static task<task_handler> start_link() { return start_link(options{}); }
  // The same as a tree whose supervisor is linked to the current process.
  static task<task_handler> start_tree(options o);
  static task<task_handler> start_tree() { return start_tree(options{}); }
  // That tree as the child of a supervisor; then `named` finds the handler. What it was given
  // survives also the restart of the whole tree. REQUIRES: a name.
  static child_specification child_spec(const options& o);

  // Adds a task and doesn't wait for anything. If there is no handler it is dropped, and a warning
  // logged.
  template <class F>
  void add_task(F f, const task_options& o = {}) const {
    if constexpr (detail::check_handled<F>())
      detail::add_record(to_, detail::make_record<false>(std::move(f), o));
  }
  // Adds a task and tells its id, or 0 if it was rejected.
  template <class F>
  task<task_id> enqueue(F f, const task_options& o = {}) const {
    if constexpr (detail::check_handled<F>())
      return detail::enqueue_record(to_, detail::make_record<false>(std::move(f), o));
    else
      return {};
  }
  // Adds a task at once; awaiting the result waits for its response.
  template <class F>
  auto submit(F f, const task_options& o = {}) const {
    using R = detail::task_value_t<F>;
    if constexpr (detail::check_handled<F>())
      return submitted<R>(to_, detail::make_record<true>(std::move(f), o));
    else
      return detail::wrong_use<answer<R>>();
  }
  task<task_handler_status> status() const;
  task<> set_limit(std::size_t limit) const;
  // True if the task was waiting or running. One that runs is told to stop; see `abandoned`.
  task<bool> cancel(task_id id) const;
  // From now on the current process gets each task_event.
  task<> subscribe() const;
  task<> unsubscribe() const;
  // Ends the handler, a tree with all its processes, after waiting so long at most until nothing is
  // left. Then every submitter has a response. A child of a supervisor is stopped by that.
  task<> stop(duration drain = {}) const;

  // The process that it means now; empty if nobody has the name.
  pid process() const { return to_.address().resolve(); }
  // Of a tree; empty otherwise, and while there is none.
  pid supervisor() const { return to_.supervisor(); }
  // Valid as long as this object. That of a tree without a name: until its next restart.
  destination address() const { return to_.address(); }

 private:
  explicit task_handler(detail::handler_reference to) : to_(std::move(to)) {}

  detail::handler_reference to_;
};

}  // namespace beamish::inline v0
