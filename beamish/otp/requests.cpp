// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/requests.hpp"

#include <algorithm>

#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/self.hpp"

namespace beamish::inline v0::detail {

namespace {

bool is_reply(const signal& s, std::uint64_t count) noexcept {
  return s.type->kind == signal_kind::reply && static_cast<const request_base&>(s).count == count;
}

bool match_response(waiter& w, signal& s) {
  if (s.type->kind != signal_kind::reply) return tell_wait(s, "replies to requests");
  auto& me = static_cast<response_waiter&>(w);
  auto& node = static_cast<request_base&>(s);
  if (!std::binary_search(me.counts, me.counts + me.size, node.count)) return false;
  me.taken = &node;
  return true;
}

// The current process remembers that it waits for the reply.
reference enter_request(request_base* node) {
  self_access me;
  const reference id = next_reference(*me);
  node->from = pid_of(*me);
  node->count = count_of(id);
  extra_of(*me).requests.insert(node->count);
  return id;
}

}  // namespace

pending send_pending(const destination& to, request_base* node, bool has_codec) {
  pending p;
  call_target target;
  try {
    target = resolve_for_call(to, has_codec);
    p.server = target.shown == term() ? term(target.process) : target.shown;
    p.process = target.process;
    p.id = enter_request(node);
  } catch (...) {
    discard_request(node);
    throw;
  }
  if (!target.process) {
    fail_request(node, target.unreachable);
  } else {
    context* here = current_context();
    if (here != nullptr) --here->budget;
    post(here, node->from, target.process, node, false);
  }
  return p;
}

void abandon_request(const reference& id) noexcept {
  if (!id || sender() != owner_of(id)) return;
  try {
    self_access me;
    const std::uint64_t count = count_of(id);
    if (me->extra == nullptr || me->extra->requests.erase(count) != 0) return;
    for (signal** at = &me->queue; *at != nullptr; at = &(*at)->next) {
      if (!is_reply(**at, count)) continue;
      signal* reply = me->unlink(at);
      return reply->type->dispose(reply);
    }
  } catch (const exited&) {
    // The thread of a process that was killed: its mailbox is gone.
  }
}

std::uint64_t count_of_request(const reference& id) noexcept { return count_of(id); }

bool is_outstanding(const process_slot& slot, std::uint64_t count) noexcept {
  return slot.extra != nullptr && slot.extra->requests.contains(count);
}

exit_reason request_failed(const exit_reason& reason, const term& server) {
  return exit_reason(tuple(reason.value(), server));
}

exit_reason request_timed_out(const pending& p, duration limit) {
  return late_call(tuple(atom("timeout"), p.server), p.process, {limit});
}

void response_waiter::begin(process_slot& self, std::coroutine_handle<> h,
                            duration limit) noexcept {
  match = &match_response;
  frame = h;
  timeout = limit.count();
  deadline = 0;
  timed_out = false;
  self.scan = &self.queue;
  self.waiting = this;
}

}  // namespace beamish::inline v0::detail
