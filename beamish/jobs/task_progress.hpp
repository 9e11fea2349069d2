// SPDX-License-Identifier: Apache-2.0
//
// task_progress: how a task of a handler says how far it is.
//
// ```cpp
// auto handler = co_await task_handler::start_link();
// co_await handler.subscribe();
// handler.add_task([](task_progress& here) -> task<> {
//   here.report(50);
//   co_return;
// });
// const auto told = [](const task_event& e) { return e.what == task_event::kind::progress; };
// auto half = co_await receive_if<task_event>(told);
// half.value;    //=> 50
// ```
//
// Guarantees: who subscribed to the handler's events gets what is reported while the task runs, in
// order; nobody waits for anybody. Threads: the task's. Errors: none; without subscribers a report
// goes no further than the handler. OTP has no such thing. When not to use it: for results (return
// them), or for logs.
// tested in: task_events_test.cpp
#pragma once

#include <cstdint>
#include <memory>

#include "beamish/term/term.hpp"

namespace beamish::inline v0 {

namespace detail {
class task_address;
}

class task_progress {
 public:
  task_progress() = default;
  task_progress(std::shared_ptr<detail::task_address> where, std::uint64_t id,
                std::uint32_t attempt)
      : where_(std::move(where)), id_(id), attempt_(attempt) {}

  void report(term value) const;
  std::uint64_t id() const noexcept { return id_; }            // the task's
  std::uint32_t attempt() const noexcept { return attempt_; }  // 1, 2, …

 private:
  std::shared_ptr<detail::task_address> where_;
  std::uint64_t id_ = 0;
  std::uint32_t attempt_ = 0;
};

}  // namespace beamish::inline v0
