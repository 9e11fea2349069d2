// SPDX-License-Identifier: Apache-2.0
//
// blocking(f): run a function that may block on another thread, and wait for its result.
//
// ```cpp
// auto work = blocking([] { return 6 * 7; });    // or reads a file, or asks a slow library
// int result = co_await work;                    //=> 42
// ```
//
// Guarantees: other processes run meanwhile. The function runs on a bounded pool of threads (max(4,
// 2 x cores)); more wait in a queue. If the process is killed while it waits, the function runs to
// its end and its result is dropped. Threads: await it in a coroutine of a process; the function
// itself is on no process's thread, so self() and send() are not for it.
//
// Errors: the function's exception comes back to the awaiting process. Await it as a named object:
// g++ 12 destroys a temporary with captures twice, and says so.
//
// Mirrors a NIF on a dirty scheduler. When not to use it: for work that needs messages or lasts as
// long as the program (spawn_thread), and for waiting, which costs nothing in a coroutine.
#pragma once

#include <atomic>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/task.hpp"

namespace beamish::inline v0 {

namespace detail {

// Shared by the waiting process and the thread; whoever is last frees it.
struct blocking_job {
  std::atomic<std::uint32_t> references{1};
  std::atomic<bool> finished{false};
  void (*run)(blocking_job&) noexcept = nullptr;
  void (*free)(blocking_job*) noexcept = nullptr;
  pid owner;
  std::exception_ptr error;
  signal* done = nullptr;  // holds a reference of its own
};
void release(blocking_job* job) noexcept;
struct blocking_waiter : signal_waiter {
  blocking_job* job = nullptr;
};
// Hands the job to the pool; a control signal wakes the owner when it is done.
void begin_blocking(process_slot& self, blocking_waiter& w);
// Tells the owner. Called on the thread that ran the job.
void job_finished(blocking_job& job) noexcept;

template <class F>
struct blocking_job_of : blocking_job {
  using result = std::invoke_result_t<F&>;
  explicit blocking_job_of(F f) : function(std::move(f)) {
    run = [](blocking_job& base) noexcept {
      auto& me = static_cast<blocking_job_of&>(base);
      try {
        if constexpr (std::is_void_v<result>)
          me.function();
        else
          me.value.emplace(me.function());
      } catch (...) {
        me.error = std::current_exception();
      }
    };
    free = [](blocking_job* base) noexcept { delete static_cast<blocking_job_of*>(base); };
  }
  F function;
  std::optional<std::conditional_t<std::is_void_v<result>, int, result>> value;
};

}  // namespace detail

template <class F>
class [[nodiscard("keep it in a variable and co_await that")]] blocking : detail::blocking_waiter {
 public:
  using beamish_awaitable = void;
  using must_be_named = void;
  using result = std::invoke_result_t<F&>;

  explicit blocking(F f) { job = new detail::blocking_job_of<F>(std::move(f)); }
  blocking(const blocking&) = delete;
  blocking& operator=(const blocking&) = delete;
  ~blocking() { detail::release(job); }

  bool await_ready() const noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> h) {
    frame = h;
    detail::begin_blocking(*h.promise().self, *this);
  }
  result await_resume() {
    auto& mine = *static_cast<detail::blocking_job_of<F>*>(job);
    if (mine.error) std::rethrow_exception(std::exchange(mine.error, nullptr));
    if constexpr (!std::is_void_v<result>) return std::move(*mine.value);
  }
};

}  // namespace beamish::inline v0
