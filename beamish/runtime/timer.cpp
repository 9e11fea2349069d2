// SPDX-License-Identifier: Apache-2.0
// tested in: timers_test.cpp
#include "beamish/runtime/timer.hpp"

#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/scheduler.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/runtime/spawn.hpp"

namespace beamish::inline v0 {

using namespace detail;

namespace detail {

namespace {
void set_address(timer_record& record, const destination& to) {
  switch (to.kind()) {
    case destination::kind::name:
      record.name = new std::string(to.name());
      return;
    case destination::kind::alias:
      address_to_alias(*record.what, to.alias());
      break;
    default:
      break;
  }
  record.target = to.resolve();
}

// As send does: what has no term shape stays on its node.
void check_codec(const timer_record& record, const process_slot& me) {
  const message_type& type = *record.what->type->message;
  if (record.target && record.target.node != me.node->index && type.to_term == nullptr)
    refuse_transfer(type);
}

reference arm(process_slot& me, duration delay, timer_record& record) {
  node_core& node = *me.node;
  reference id = next_reference(me);
  if (process_slot* slot = record.target ? find_slot(record.target) : nullptr)
    slot->flags.fetch_or(slot_flag::has_timers, std::memory_order_seq_cst);
  if (node.timers.arm(&record, deadline_after(node.now(), delay.count()), id))
    timer_is_earlier(node);
  return id;
}
}  // namespace

reference send_signal_after(duration delay, const destination& to, timer_record* record) {
  pid target;
  reference id;
  try {
    self_access me;
    if (delay.count() < 0) throw argument_error("send_after: the delay must not be negative");
    set_address(*record, to);
    check_codec(*record, *me);
    target = record->target;
    id = arm(*me, delay, *record);
  } catch (...) {
    discard(record);
    throw;
  }
  // The target may have died between the flag and the arming: then its death did not see this
  // timer.
  if (target && !alive(target)) {
    node_core& node = current_node();
    std::int64_t left = 0;
    if (timer_record* mine = node.timers.cancel(id, node.now(), left)) discard(mine);
  }
  return id;
}

}  // namespace detail

namespace {
std::chrono::milliseconds rounded_up(std::int64_t nanoseconds) {
  if (nanoseconds <= 0) return std::chrono::milliseconds(0);
  return std::chrono::milliseconds((nanoseconds - 1) / 1'000'000 + 1);
}
}  // namespace

std::optional<std::chrono::milliseconds> cancel_timer(const reference& timer) {
  node_core& node = current_node();
  std::int64_t left = 0;
  timer_record* record = node.timers.cancel(timer, node.now(), left);
  if (record == nullptr) return std::nullopt;
  discard(record);
  return rounded_up(left);
}

std::optional<std::chrono::milliseconds> read_timer(const reference& timer) {
  node_core& node = current_node();
  const std::int64_t left = node.timers.left(timer, node.now());
  if (left < 0) return std::nullopt;
  return rounded_up(left);
}

std::chrono::nanoseconds now() { return std::chrono::nanoseconds(current_node().now()); }

}  // namespace beamish::inline v0
