// SPDX-License-Identifier: Apache-2.0
// tested in: timers_test.cpp
#include "beamish/runtime/timer.hpp"

#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/memory_access.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/scheduler.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/runtime/spawn.hpp"

namespace beamish::inline v0 {

using namespace detail;

namespace detail {

namespace {
constexpr signal_type carrier_type{
    signal_kind::control,
    [](signal* s) noexcept { pool_delete(static_cast<timer_record*>(s)); },
    nullptr,
    nullptr,
    nullptr,
    0};

void set_address(timer_record& record, const destination& to, signal& message) {
  switch (to.kind()) {
    case destination::kind::name:
      record.name = new std::string(to.name());
      return;
    case destination::kind::alias:
      address_to_alias(message, to.alias());
      break;
    default:
      break;
  }
  record.target = to.resolve();
}

timer_record* make_record(const destination& to, signal* message, process_slot& me) {
  auto* record = pool_new<timer_record>(carrier_type);
  record->id = next_reference(me);
  try {
    set_address(*record, to, *message);
  } catch (...) {
    pool_delete(record);
    throw;
  }
  record->carried = message;
  return record;
}

// As send does: what has no term shape stays on its node.
void check_codec(timer_record& record, const process_slot& me) {
  const message_type& type = *record.carried->type->message;
  if (!record.target || record.target.node == me.node->index || type.to_term != nullptr) return;
  record.carried = nullptr;
  pool_delete(&record);
  refuse_transfer(type);
}
}  // namespace

reference send_signal_after(duration delay, const destination& to, signal* message) {
  timer_record* record = nullptr;
  try {
    self_access me;
    if (delay.count() < 0) throw argument_error("send_after: the delay must not be negative");
    record = make_record(to, message, *me);
    check_codec(*record, *me);
  } catch (...) {
    drop_context(*message);
    message->type->dispose(message);
    throw;
  }
  node_core& node = current_node();
  reference id;
  const pid target = record->target;
  process_slot* slot = target ? find_slot(target) : nullptr;
  if (slot != nullptr) slot->flags.fetch_or(slot_flag::has_timers, std::memory_order_seq_cst);
  try {
    if (node.timers.arm(record, deadline_after(node.now(), delay.count()), &id))
      timer_is_earlier(node);
  } catch (...) {
    discard(record);
    throw;
  }
  // The target may have died between the flag and the arming: then its death did not see this
  // timer.
  if (target && !alive(target)) {
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
