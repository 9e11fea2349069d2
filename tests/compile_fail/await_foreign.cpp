// SPDX-License-Identifier: Apache-2.0
//
// A process waits for something that Beamish knows nothing of, and would never be woken or killed.
//
// expect: a process can only co_await what Beamish offers
#include <coroutine>

#include "beamish/runtime/task.hpp"

beamish::task<> part() { co_return; }

beamish::task<> body() {
  co_await part();
  // wrong:
  co_await std::suspend_always();
  // end
}
