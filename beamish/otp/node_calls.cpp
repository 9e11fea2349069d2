// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/node_calls.hpp"

#include "beamish/runtime/atomics.hpp"
#include "beamish/runtime/current.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/runtime/thread_state.hpp"
#include "beamish/runtime/world.hpp"

namespace beamish::inline v0::detail {

namespace {

call_target resolve_on(node& n, const destination& to, bool has_codec) {
  if (to.kind() != destination::kind::name) return resolve_for_call(to, has_codec);
  call_target t;
  t.process = n.whereis(to.name());
  t.shown = to.to_term();
  if (!t.process) t.unreachable = exit_reason::noproc();
  return t;
}

}  // namespace

bool may_block_here() noexcept {
  const context* here = current_context();
  if (here == nullptr) return true;
  return here->as_thread != nullptr && here->as_thread->world == nullptr;
}

exit_reason why_no_answer() {
  return exit_reason(may_block_here() ? atom("timeout") : atom("would_block"));
}

exit_reason no_answer(const call_target& target, term message, duration limit) {
  if (may_block_here()) return call_timed_out(target, std::move(message), limit, {limit});
  return call_failed(why_no_answer(), target, std::move(message), limit);
}

outside_request::outside_request(beamish::node& n, const destination& to, request_base* node,
                                 bool has_codec)
    : node_(node) {
  try {
    target_ = resolve_on(n, to, has_codec);
    call_ = begin_outside_call(node);
  } catch (...) {
    discard_request(node);
    throw;
  }
  if (target_.process)
    post(current_context(), sender(), target_.process, node, true);
  else
    fail_request(node, target_.unreachable);
}

outside_request::~outside_request() {
  if (call_ == nullptr) return;
  if (request_base* node = take(duration(0))) node->type->dispose(node);
}

bool outside_request::ready() const noexcept {
  return call_ != nullptr && call_->state.load(std::memory_order_acquire) == 1;
}

bool outside_request::wait(duration limit) const {
  if (ready() || !may_block_here()) return ready();
  const std::int64_t end = limit.count() < 0 ? 0 : real_now() + limit.count();
  while (!ready()) {
    const std::int64_t left = limit.count() < 0 ? -1 : end - real_now();
    if (limit.count() >= 0 && left <= 0) return false;
    std_atomics::futex_wait(call_->state, 0, left);
  }
  return true;
}

request_base* outside_request::take(duration limit) {
  if (call_ == nullptr) throw std::logic_error("async_answer: get() works once");
  // With no time to wait this only looks, which is allowed anywhere.
  const std::int64_t timeout = may_block_here() ? limit.count() : 0;
  outside_call* call = std::exchange(call_, nullptr);
  request_base* node = std::exchange(node_, nullptr);
  return end_outside_call(call, timeout) ? node : nullptr;
}

}  // namespace beamish::inline v0::detail
