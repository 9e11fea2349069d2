// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/call_blocking.hpp"

#include <stdexcept>

#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/runtime/thread_state.hpp"

namespace beamish::inline v0::detail {

void require_thread_body() {
  const context* here = current_context();
  if (here != nullptr && here->as_thread != nullptr) return;
  throw std::logic_error(
      "call_blocking works in thread bodies only (spawn_thread): in a coroutine use co_await "
      "call<...>(...), on a thread that is no process node::call");
}

void refuse_calling_self(call_target& to) {
  if (!to.process || to.process != sender()) return;
  to.unreachable = exit_reason(atom("calling_self"));
  if (to.shown == term()) to.shown = term(to.process);
  to.process = pid{};
}

bool call_in_thread(const call_target& to, call_waiter& w) {
  thread_state& t = *current_context()->as_thread;
  w.node->from = t.self;
  w.deadline = w.timeout < 0 ? timer_service::never : deadline_after(t.node->now(), w.timeout);
  if (w.passes_on && w.timeout >= 0) set_deadline(*w.node, w.deadline);
  {
    self_access me;
    wait_for_reply(*me, w);
  }
  post(current_context(), t.self, to.process, w.node, true);
  return wait_for_reply_in_thread(t, w);
}

}  // namespace beamish::inline v0::detail
