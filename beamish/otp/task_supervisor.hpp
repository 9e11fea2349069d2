// SPDX-License-Identifier: Apache-2.0
//
// task_supervisor: starts tasks that are its children, and need not be linked to who wants them.
//
// ```cpp
// task<> wait_for_ever() { co_await receive<int>(); }
// auto tasks = co_await task_supervisor::start_link({.name = "tasks"});
// auto t = co_await tasks.async([] { return 42; });    // linked to us, as async
// auto answer = co_await t.await();        //=> 42
// auto risky = co_await tasks.async_nolink([]() -> int { throw std::runtime_error("oops"); });
// auto end = co_await risky.yield();
// end->reason().exception()->what;         //=> "oops"
// auto child = co_await tasks.start_child([] { std::puts("nobody waits for me"); });
// child.ok();                              //=> true
// auto doomed = co_await tasks.start_child(wait_for_ever);
// auto found = co_await tasks.terminate_child(*doomed);    //=> true
// auto left = co_await tasks.children();    // those that run, in the order of their start
// ```
//
// Guarantees: a task that fails harms neither its supervisor nor other tasks; async links it to who
// asked for it, async_nolink doesn't: there a failure is a down_message, or what yield gives. The
// tasks end with their supervisor: each is told `shutdown`, and killed if it takes longer than its
// own limit (5 s). Their callers() are those who asked for them, their ancestors the supervisor's.
//
// Options: name or registry_name; max_children, beyond which async throws std::runtime_error and
// start_child answers `max_children`; max_restarts in max_seconds, for children that are to be
// restarted: beyond it the supervisor ends with `shutdown`. start_child takes restart (temporary,
// transient, permanent) and shutdown; a function that is to be restarted is copied for each start.
//
// Errors: without such a supervisor the caller exits with {noproc, {gen_server, call, ...}}. On g++
// 12 a lambda with captures that need a destructor must be named first. Threads: await its
// functions in a coroutine of a process.
//
// Mirrors Task.Supervisor. When not to use it: for tasks that are not to run all at once
// (task_handler), or for servers.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "beamish/otp/async_stream.hpp"
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/task_beside.hpp"
#include "beamish/otp/task_children.hpp"

namespace beamish::inline v0 {

// Trivially destructible, so that it can be written in place: {.name = "tasks"}.
struct task_supervisor_options {
  static constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();
  std::string_view name = {};
  const via* registry_name = nullptr;  // instead of a name
  std::size_t max_children = no_limit;
  std::size_t max_restarts = 3;
  duration max_seconds = std::chrono::seconds(5);
};

// Of start_child.
struct task_child_options {
  restart_kind restart = restart_kind::temporary;
  shutdown_limit shutdown = shutdown_limit::after(std::chrono::seconds(5));
};

namespace detail {

// A child that waits for who asked for it to become its owner. Dropped, it ends.
class fresh_task {
 public:
  enum class kind : std::uint8_t { refused, on_worker, on_thread };

  fresh_task() = default;
  explicit fresh_task(process_slot& slot) noexcept;
  explicit fresh_task(pid thread) noexcept : process_(thread), kind_(kind::on_thread) {}
  fresh_task(fresh_task&& other) noexcept
      : slot_(other.slot_),
        process_(other.process_),
        kind_(std::exchange(other.kind_, kind::refused)) {}
  fresh_task& operator=(fresh_task&&) = delete;
  ~fresh_task();

  pid process() const noexcept { return process_; }
  bool refused() const noexcept { return kind_ == kind::refused; }
  // The current process becomes the owner, bound as `how` says: bond::task, monitor or element.
  task_key begin(bond how);

 private:
  process_slot* slot_ = nullptr;
  pid process_;
  kind kind_ = kind::refused;
};

struct child_started {
  pid process;  // empty: there are max_children already
};

// The server. Users talk to it through task_supervisor.
struct task_supervisor_server : gen_server<task_supervisor_server> {
  static constexpr bool outside_budget = true;
  static constexpr std::string_view term_name = "Task.Supervisor";
  static constexpr auto type = child_type::supervisor;

  struct start_owned {
    using reply = fresh_task;
    prepared_task task;
    shutdown_limit shutdown;
  };
  struct start_child {
    using reply = child_started;
    prepared_task task;
    std::unique_ptr<task_factory> again;
    task_child_options options;
  };
  struct terminate_child {
    using reply = bool;
    pid process;
  };
  struct children {
    using reply = std::vector<pid>;
  };
  using messages = accepts<start_owned, start_child, terminate_child, children>;

  void init(std::size_t max_children, std::size_t max_restarts, duration max_seconds);
  fresh_task handle_call(start_owned& m);
  child_started handle_call(start_child& m);
  task<bool> handle_call(terminate_child& m);
  std::vector<pid> handle_call(children&);
  outcome handle_info(exit_message& m);
  task<> terminate(const exit_reason& reason);
  term format_status();

 private:
  bool is_full() const noexcept { return all_.size() >= max_children_; }
  pid start(prepared_task& task);
  bool too_many_restarts();

  task_children all_;
  std::size_t max_children_ = 0;
  std::size_t max_restarts_ = 0;
  duration max_seconds_{};
  std::vector<duration> restarts_;
};

template <class F, class... Args>
prepared_task prepare_task(F&& f, Args&&... args) {
  if constexpr (is_on_thread<std::decay_t<F>>) {
    auto call = make_call_of(std::forward<F>(f).function, std::forward<Args>(args)...);
    using C = decltype(call);
    return prepared_task(std::make_unique<task_thread_of<C>>(std::move(call)),
                         thread_type_of<typename C::named_after>);
  } else {
    auto call = make_call_of(std::forward<F>(f), std::forward<Args>(args)...);
    using body = task_body_of<decltype(call)>;
    return prepared_task(pool_new<body>(std::move(call)), body::type,
                         [](task_body* b) noexcept { pool_delete(static_cast<body*>(b)); });
  }
}

template <class F>
struct copying_factory final : task_factory {
  explicit copying_factory(F f) : function(std::move(f)) {}
  prepared_task make() override { return prepare_task(function); }
  F function;
};

task<task_key> start_owned(kept_address to, prepared_task task, bond how);
task<answer<pid>> start_child_of(kept_address to, prepared_task task,
                                 std::unique_ptr<task_factory> again, task_child_options o);

template <class R>
task<async_task<R>> as_async_task(task<task_key> starting) {
  const task_key key = co_await starting;
  co_return async_task<R>(key);
}

// How the elements of a stream start under a supervisor.
struct start_supervised_element {
  kept_address to;
  template <class F, class T>
  task<task_key> operator()(F& f, T&& input) const {
    return start_owned(to, prepare_task(f, std::forward<T>(input)), bond::element);
  }
};

}  // namespace detail

class task_supervisor {
 public:
  using options = task_supervisor_options;

  task_supervisor() = default;
  explicit task_supervisor(pid p) noexcept : to_(p) {}
  // Whoever has that name at each use, on this node or in a registry.
  static task_supervisor named(std::string_view name) {
    return task_supervisor(detail::kept_address(name));
  }
  static task_supervisor named(via name) {
    return task_supervisor(detail::kept_address(std::move(name)));
  }

  // Exits on failure (a taken name, for one).
  static task<task_supervisor> start_link(options o);
  static task<task_supervisor> start_link() { return start_link(options{}); }
  static child_specification child_spec(const options& o = {});

  // A task that is linked to the current process, and monitored by it: async_task<R>.
  template <class F, class... Args>
  auto async(F&& f, Args&&... args) const {
    return begin<F, Args...>(detail::bond::task, std::forward<F>(f), std::forward<Args>(args)...);
  }
  // The same without the link.
  template <class F, class... Args>
  auto async_nolink(F&& f, Args&&... args) const {
    return begin<F, Args...>(detail::bond::monitor, std::forward<F>(f),
                             std::forward<Args>(args)...);
  }
  // A task whose result nobody wants: answer<pid>.
  template <class F>
  auto start_child(F&& f, const task_child_options& o = {}) const {
    using awaited = detail::task_beside<answer<pid>, F&&>;
    if constexpr (detail::check_task<F>()) {
      std::unique_ptr<detail::task_factory> again;
      if (o.restart != restart_kind::temporary) again = factory_of<std::decay_t<F>>(f);
      return awaited(detail::start_child_of(to_, detail::prepare_task(std::forward<F>(f)),
                                            std::move(again), o));
    } else {
      return detail::wrong_use<answer<pid>>();
    }
  }

  // As beamish::async_stream, with tasks of this supervisor. `nolink`: an element's failure is its
  // reason, also if the current process doesn't trap exits.
  template <class Range, class F>
  auto async_stream(Range&& range, F&& f, const stream_options& o = {}) const {
    return stream(std::forward<Range>(range), std::forward<F>(f), o, true);
  }
  template <class Range, class F>
  auto async_stream_nolink(Range&& range, F&& f, const stream_options& o = {}) const {
    return stream(std::forward<Range>(range), std::forward<F>(f), o, false);
  }

  // In the order in which they were started.
  task<std::vector<pid>> children() const;
  // False if it is no child. A child that was to be restarted is not.
  task<bool> terminate_child(pid child) const;
  task<> stop(exit_reason reason = exit_reason::normal(), duration limit = infinity) const;

  pid process() const { return to_.process(); }
  // Valid as long as this object.
  destination address() const { return to_.address(); }

 private:
  explicit task_supervisor(detail::kept_address to) : to_(std::move(to)) {}

  template <class F, class... Args>
  auto begin(detail::bond how, F&& f, Args&&... args) const {
    using handle = async_task<detail::value_of_task_t<F, Args...>>;
    using awaited = detail::task_beside<handle, F&&, Args&&...>;
    if constexpr (detail::check_task<F, Args...>())
      return awaited(detail::as_async_task<typename handle::value_type>(detail::start_owned(
          to_, detail::prepare_task(std::forward<F>(f), std::forward<Args>(args)...), how)));
    else
      return detail::wrong_use<handle>();
  }

  template <class Range, class F>
  auto stream(Range&& range, F&& f, const stream_options& o, bool failures_end_owner) const {
    using start = detail::start_supervised_element;
    if constexpr (detail::check_stream<Range, F>())
      return detail::basic_stream<std::decay_t<Range>, std::decay_t<F>, start>(
          std::forward<Range>(range), std::forward<F>(f), o, failures_end_owner, start{to_});
  }

  template <class F>
  static std::unique_ptr<detail::task_factory> factory_of(const F& f) {
    if constexpr (std::is_copy_constructible_v<F>)
      return std::make_unique<detail::copying_factory<F>>(f);
    else
      detail::throw_argument_error(
          "start_child: a task that may be restarted needs a function that can be copied");
  }

  detail::kept_address to_;
};

}  // namespace beamish::inline v0
