// SPDX-License-Identifier: Apache-2.0
//
// What a task handler keeps of a task that has not started, and how it becomes a process.
//
//     std::unique_ptr<detail::task_job> job = detail::make_task_job([] { std::puts("working"); });
//     monitored m = job->start();
//
// A coroutine becomes a process on the workers, any other function a thread body. Either belongs to
// who starts it: a monitor tells of its end, and it is killed when its owner ends.
// tested in: task_handler_test.cpp
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include "beamish/otp/task_process.hpp"
#include "beamish/runtime/request.hpp"
#include "beamish/runtime/spawn.hpp"
#include "beamish/runtime/thread_body.hpp"

namespace beamish::inline v0::detail {

// A task that has not started: knows how to become a process.
struct task_job {
  virtual ~task_job() = default;
  static void* operator new(std::size_t bytes) { return pool_allocate(bytes); }
  static void operator delete(void* block, std::size_t bytes) noexcept {
    pool_deallocate(block, bytes);
  }
  // What a function captured may want more than the pool's alignment.
  static void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return ::operator new(bytes, alignment);
  }
  static void operator delete(void* block, std::size_t, std::align_val_t alignment) noexcept {
    ::operator delete(block, alignment);
  }
  // Starts it, owned by the current process: it hears of the end, and the task doesn't outlive it.
  // `threaded` tasks also send thread_returned to it. After system_limit, or if the machine has no
  // thread, it may be started again.
  virtual monitored start() = 0;
  bool threaded = false;
};

template <class F>
struct coroutine_job final : task_job {
  explicit coroutine_job(F f) : function(std::move(f)) {}
  monitored start() override {
    monitored m;
    m.process = finish_spawn(spawn_on(current_node(), bond::owner, m.id, std::move(function)));
    return m;
  }
  F function;
};

std::unique_ptr<task_job> make_thread_job(std::unique_ptr<thread_function> f,
                                          const body_type& type);

template <class F>
std::unique_ptr<task_job> make_task_job(F f) {
  if constexpr (is_task<std::invoke_result_t<F&>>)
    return std::unique_ptr<task_job>(new coroutine_job<F>(std::move(f)));
  else
    return make_thread_job(make_thread_function(std::move(f)), thread_type_of<F>);
}

template <class R>
struct task_value {
  std::optional<std::conditional_t<std::is_void_v<R>, no_value, R>> value;
};

// From the pool, unless its value wants more than the pool's alignment.
template <class R>
std::shared_ptr<task_value<R>> make_task_value() {
  using value = task_value<R>;
  if constexpr (alignof(value) > alignof(std::max_align_t))
    return std::make_shared<value>();
  else
    return std::allocate_shared<value>(pool_allocator<value>());
}

// The function of a submitted task: leaves its result where the submitter finds it.
template <class F, class R>
auto keep_result(F f, std::shared_ptr<task_value<R>> into) {
  if constexpr (is_task<std::invoke_result_t<F&>>) {
    return [f = std::move(f), into = std::move(into)]() mutable -> task<> {
      if constexpr (std::is_void_v<R>) {
        co_await f();
        into->value.emplace();
      } else {
        into->value.emplace(co_await f());
      }
    };
  } else {
    return [f = std::move(f), into = std::move(into)]() mutable {
      if constexpr (std::is_void_v<R>) {
        f();
        into->value.emplace();
      } else {
        into->value.emplace(f());
      }
    };
  }
}

}  // namespace beamish::inline v0::detail
