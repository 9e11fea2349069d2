// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/call.hpp"

#include "beamish/otp/call_cycle.hpp"
#include "beamish/runtime/current.hpp"
#include "beamish/runtime/mailbox_room.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/self.hpp"

namespace beamish::inline v0::detail {

namespace {

bool is_local(pid p) noexcept {
  const context* here = current_context();
  return here == nullptr || here->node == nullptr || here->node->index == p.node;
}

}  // namespace

term limit_term(duration limit) {
  if (limit.count() < 0) return term(atom("infinity"));
  return term(std::chrono::duration_cast<std::chrono::milliseconds>(limit).count());
}

call_target resolve_for_call(const destination& to, bool has_codec) {
  call_target t;
  t.process = to.resolve();
  if (to.kind() != destination::kind::process) t.shown = to.to_term();
  if (!t.process) {
    const bool no_node =
        to.kind() == destination::kind::name_on_node && the_program().find_node(to.node()) == 0;
    t.unreachable =
        no_node ? exit_reason(tuple(atom("nodedown"), atom(to.node()))) : exit_reason::noproc();
  } else if (!has_codec && !is_local(t.process)) {
    if (t.shown == term()) t.shown = term(t.process);
    t.process = pid{};
    t.unreachable = exit_reason(atom("not_serialisable"));
  }
  return t;
}

exit_reason call_failed(const exit_reason& reason, const call_target& target, term message,
                        duration limit) {
  term server = target.shown == term() ? term(target.process) : target.shown;
  return exit_reason(
      tuple(reason.value(), tuple(atom("gen_server"), atom("call"),
                                  list(std::move(server), std::move(message), limit_term(limit)))));
}

exit_reason call_timed_out(const call_target& target, term message, duration limit,
                           const lateness& how) {
  const exit_reason plain =
      call_failed(exit_reason(atom("timeout")), target, std::move(message), limit);
  return late_call(plain.value(), target.process, how);
}

exit_reason call_gave_up(const call_waiter& w, const call_target& target, term message,
                         duration limit) {
  if (w.in_cycle) return call_failed(take_cycle(), target, std::move(message), limit);
  if (w.ticket != 0) current_context()->current->end_call();
  return call_timed_out(target, std::move(message), limit,
                        {duration(w.timeout), w.by_deadline, w.answered_late});
}

// A cast is charged for what it brings about: where many awaited casts go to one server, which has
// a slice for each of theirs, its mailbox then grows half as fast.
constexpr std::int32_t slice_share_of_cast = 4;

send_outcome send_cast(const destination& to, signal* message, bool has_codec) noexcept {
  pid target;
  try {
    target = to.kind() == destination::kind::process ? to.process() : to.resolve();
  } catch (const exited& end) {
    // cast says :ok whatever happens; looked at, the exit is over.
    static_cast<void>(end.reason());
  } catch (...) {
    // The same.
  }
  if (!target || (!has_codec && !is_local(target))) {
    message->type->dispose(message);
    return {};
  }
  context* here = current_context();
  if (here != nullptr) here->budget -= slice_share_of_cast;
  return post_message(here, sender_of(here), target, message);
}

}  // namespace beamish::inline v0::detail
