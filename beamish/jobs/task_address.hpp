// SPDX-License-Identifier: Apache-2.0
//
// Where the processes of a task handler are now: shared by those who must find them again after
// one of them was started anew.
//
//     auto where = std::make_shared<detail::task_address>();
//     where->set_handler(self());
//     send(where->handler(), room_again{});
//
// Who is the handler here has the task table, until it has ended. Others may touch that only where
// there is none:
//
//     where->if_unhandled([&] { table.close(reason); });   // no handler begins meanwhile
//
// Threads: any. Failure: nothing throws but that function.
// tested in: task_tree_test.cpp
#pragma once

#include <mutex>

#include "beamish/runtime/process.hpp"
#include "beamish/term/identifiers.hpp"

namespace beamish::inline v0::detail {

class task_address {
 public:
  pid handler() const { return get(handler_); }
  pid runner() const { return get(runner_); }
  pid supervisor() const { return get(supervisor_); }
  void set_handler(pid p) {
    const std::lock_guard handing_over(handing_over_);
    set(handler_, p);
  }
  void set_runner(pid p) { set(runner_, p); }
  void set_supervisor(pid p) { set(supervisor_, p); }
  template <class F>
  void if_unhandled(F f) {
    const std::lock_guard handing_over(handing_over_);
    if (!alive(handler())) f();
  }

 private:
  pid get(const pid& which) const {
    const std::lock_guard lock(mutex_);
    return which;
  }
  void set(pid& which, pid p) {
    const std::lock_guard lock(mutex_);
    which = p;
  }

  // Not the same as below: who closes a table may ask for a handler's pid.
  std::mutex handing_over_;
  mutable std::mutex mutex_;
  pid handler_;
  pid runner_;
  pid supervisor_;
};

}  // namespace beamish::inline v0::detail
