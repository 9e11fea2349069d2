// SPDX-License-Identifier: Apache-2.0
//
// A task from the moment it is submitted: the function, what it came to, and how it becomes a
// process.
//
//     auto job = detail::make_record<true>([] { return 6 * 7; }, {});
//     monitored m = job->start();    // runs the function in a process that the current one owns
//
// Three share it by reference: who submitted it (for the value), the handler (for what follows),
// and the process that runs it. The function stays here and is called here, so that a further
// attempt needs no copy of it.
//
// Threads: `ending`, `value` and the function belong to the process that runs, until it has ended;
// `stage` and what stands with it to who started that process. Others read them when an atomic told
// them to.
// tested in: task_handler_test.cpp
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include "beamish/jobs/task_options.hpp"
#include "beamish/jobs/task_progress.hpp"
#include "beamish/otp/task_process.hpp"
#include "beamish/runtime/counted.hpp"
#include "beamish/runtime/memory_access.hpp"
#include "beamish/runtime/request.hpp"
#include "beamish/runtime/spawn.hpp"
#include "beamish/runtime/thread_body.hpp"

namespace beamish::inline v0::detail {

struct task_record : from_pool {
  // What the function came to.
  enum class outcome : std::uint8_t { open, returned, failed };
  // What became of a start that was asked of a runner.
  enum class stage : std::uint8_t { given, refused, begun, over };

  task_record(const task_record&) = delete;
  virtual ~task_record() = default;

  // Starts it, owned by the current process: it hears of the end, and the task doesn't outlive it.
  // `threaded` tasks also send thread_returned to it. After system_limit, or if the machine has no
  // thread, it may be started again.
  virtual monitored start() = 0;
  // The function, on its own thread.
  virtual void run_on_thread() = 0;
  // Destroys the function. REQUIRES: nobody runs it.
  virtual void forget() noexcept = 0;

  const task_settings& options() const noexcept;
  void fail(const std::exception_ptr& why);
  // In the process that runs it.
  void enter();
  // For a further attempt.
  void reopen() noexcept;

  std::atomic<std::uint32_t> references{0};
  std::atomic<outcome> ending{outcome::open};
  std::atomic<bool> inside{false};    // a thread is in the function
  std::atomic<bool> accepted{false};  // the handler has it
  std::atomic<stage> step{stage::given};
  std::atomic<bool> unwanted{false};  // the runner shall not begin it any more
  std::atomic<bool> returned{false};  // the thread's place is free
  const bool threaded;
  const bool reports;

  exit_reason failure;                     // with `failed`
  pid process;                             // from `begun` on
  exit_reason reason;                      // with `refused` and `over`
  std::uint64_t id = 0;                    // from `accepted` on
  std::uint32_t attempt = 1;               // the same
  std::unique_ptr<task_settings> special;  // null: as a task by default
  task_progress progress;                  // if it reports

 protected:
  task_record(bool on_thread, bool tells) noexcept : threaded(on_thread), reports(tells) {}
};

using task_ref = counted<task_record>;

// The part that who submitted it knows.
template <class R>
struct task_result_record : task_record {
  using task_record::task_record;
  std::optional<std::conditional_t<std::is_void_v<R>, no_value, R>> value;
};

monitored start_on_thread(task_record& record, const body_type& type);
// Null for a task as by default.
std::unique_ptr<task_settings> special_settings(const task_options& o);

// ---- the function

template <class F>
inline constexpr bool takes_progress = std::is_invocable_v<F&, task_progress&>;
template <class F>
inline constexpr bool can_be_handled = std::is_invocable_v<F&> || takes_progress<F>;
template <class F>
struct result_of_task {
  using type = void;
};
template <class F>
  requires takes_progress<F>
struct result_of_task<F> {
  using type = std::invoke_result_t<F&, task_progress&>;
};
template <class F>
  requires(std::is_invocable_v<F&> && !takes_progress<F>)
struct result_of_task<F> {
  using type = std::invoke_result_t<F&>;
};
// What it gives: for a coroutine, what that gives.
template <class F>
using task_value_t = awaited_t<typename result_of_task<F>::type>;

template <class Record>
struct record_body final : coroutine_body {
  explicit record_body(Record* r) : record(r) { start = &begin; }
  counted<Record> record;
  task<> owned;

  static void begin(coroutine_body& base) {
    auto& me = static_cast<record_body&>(base);
    me.owned = me.record->run();
    me.root = me.owned.handle();
    me.root_promise = &me.owned.handle().promise();
  }
  static void destroy(process_slot& slot) noexcept {
    pool_delete(static_cast<record_body*>(static_cast<coroutine_body*>(slot.body)));
  }
  static const void* code_of(const process_slot& slot) {
    return static_cast<record_body*>(static_cast<coroutine_body*>(slot.body))->record->code();
  }
  using F = typename Record::function_type;
  static constexpr body_type type{&run_coroutine, &destroy, raw_name<F>(), false,
                                  is_function_pointer<F> ? &code_of : nullptr};
};

// R: what is kept for the submitter; void if nothing is.
template <class F, class R>
struct record_of final : task_result_record<R> {
  using function_type = F;
  using result = typename result_of_task<F>::type;
  static constexpr bool is_coroutine = is_task<result>;

  explicit record_of(F f)
      : task_result_record<R>(!is_coroutine, takes_progress<F>), function(std::move(f)) {}
  std::optional<F> function;

  monitored start() override {
    if constexpr (is_coroutine) {
      using body = record_body<record_of>;
      monitored m;
      // Room first: if there is none, nothing has changed.
      process_slot& slot = prepare_spawn(current_node(), body::type, bond::owner, m.id);
      try {
        slot.body = static_cast<coroutine_body*>(pool_new<body>(this));
      } catch (...) {
        abandon_spawn(slot);
        throw;
      }
      m.process = finish_spawn(slot);
      return m;
    } else {
      return start_on_thread(*this, thread_type_of<F>);
    }
  }
  void forget() noexcept override { function.reset(); }
  const void* code() const noexcept { return function ? code_at(*function) : nullptr; }

  task<> run() {
    if constexpr (is_coroutine) {
      try {
        this->enter();
        if constexpr (std::is_void_v<R>) {
          co_await call();
        } else {
          R got = co_await call();
          this->value.emplace(std::move(got));
        }
      } catch (...) {
        this->fail(std::current_exception());
        throw;
      }
      done();
    }
    co_return;
  }
  void run_on_thread() override {
    if constexpr (!is_coroutine) {
      try {
        this->enter();
        if constexpr (std::is_void_v<R>) {
          static_cast<void>(call());
        } else {
          this->value.emplace(call());
        }
      } catch (...) {
        this->fail(std::current_exception());
        throw;
      }
      done();
    }
  }

 private:
  result call() {
    if constexpr (takes_progress<F>)
      return (*function)(this->progress);
    else
      return (*function)();
  }
  // What it captured ends in the process that ran it.
  void done() {
    if constexpr (std::is_void_v<R>) this->value.emplace();
    this->ending.store(task_record::outcome::returned, std::memory_order_release);
    function.reset();
  }
};

template <class F>
constexpr bool check_handled() {
  constexpr bool fits = can_be_handled<F>;
  static_assert(fits,
                "a task of a handler is a function without parameters, or with a task_progress&: "
                "capture what it needs in a lambda");
  return fits;
}

// `Keeps`: its value is for a submitter.
template <bool Keeps, class F>
auto make_record(F f, const task_options& o) {
  using R = std::conditional_t<Keeps, task_value_t<F>, void>;
  check_not_empty(f, "task_handler");
  counted<task_result_record<R>> record(new record_of<F, R>(std::move(f)));
  record->special = special_settings(o);
  return record;
}

}  // namespace beamish::inline v0::detail
