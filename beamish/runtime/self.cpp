// SPDX-License-Identifier: Apache-2.0
// tested in: current_test.cpp
#include "beamish/runtime/self.hpp"

#include <stdexcept>

#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/thread_body.hpp"

namespace beamish::inline v0::detail {

void not_in_a_process() {
  throw std::logic_error(
      "this function acts on the current process, but this thread runs none: call it from a "
      "process, or "
      "use the functions of `node` from other threads");
}

self_access::self_access() : slot_(nullptr), thread_(nullptr) {
  context* here = current_context();
  if (here == nullptr || here->current == nullptr) not_in_a_process();
  slot_ = here->current;
  if (here->as_thread != nullptr) {
    lock_thread(*here->as_thread);  // throws if the process was killed
    thread_ = here->as_thread;
  }
}

self_access::~self_access() {
  if (thread_ != nullptr) unlock_thread(*thread_);
}

pid sender() noexcept { return sender_of(current_context()); }

pid sender_of(const context* here) noexcept {
  if (here == nullptr || here->current == nullptr) return pid{};
  if (here->as_thread != nullptr) return pid_of_thread(*here->as_thread);
  return pid_of(*here->current);
}

}  // namespace beamish::inline v0::detail
