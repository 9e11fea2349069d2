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
  deliver(t.self, to.process, w.node);
  for (;;) {
    const std::uint32_t seen = t.changes.load(std::memory_order_acquire);
    const std::int64_t left = w.timeout < 0 ? -1 : w.deadline - t.node->now();
    {
      // Throws if the process is gone; then nobody looks at `w` any more.
      self_access me;
      if (w.returned || (w.timeout >= 0 && left <= 0)) {
        me->waiting = nullptr;
        return w.returned;
      }
    }
    t.wait_deadline = w.deadline;
    t.sleep(seen, left);
  }
}

}  // namespace beamish::inline v0::detail
