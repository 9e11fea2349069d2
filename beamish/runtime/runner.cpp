// SPDX-License-Identifier: Apache-2.0
// tested in: process_test.cpp
#include "beamish/runtime/runner.hpp"

#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/crash_report.hpp"
#include "beamish/runtime/mailbox_room.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/relations.hpp"
#include "beamish/runtime/request.hpp"
#include "beamish/runtime/scheduler.hpp"
#include "beamish/runtime/wait.hpp"

namespace beamish::inline v0::detail {

namespace {

// One fetched signal finds its place.
void sort_in(process_slot& slot, signal* s, run_state& run) noexcept {
  const signal_type& type = *s->type;
  if (type.kind == signal_kind::control) return type.handle(slot, s, run);
  if (type.kind == signal_kind::reply) return accept_reply(slot, s);
  if ((s->flags & signal_to_alias) != 0 && !accept_alias(slot, *s)) {
    leave_if_counted(pid_of(slot), *s);
    return type.dispose(s);
  }
  slot.enqueue(s);
}

bool is_for(const process_slot& slot, const signal& s) noexcept {
  return s.to_serial == slot.serial.load(std::memory_order_relaxed) &&
         s.to_node == static_cast<std::uint16_t>(slot.node->index);
}

}  // namespace

bool fetch(process_slot& slot, run_state& run) noexcept {
  signal* s = slot.box.take();
  if (s == nullptr) return false;
  while (s != nullptr) {
    signal* next = s->next;
    if (is_for(slot, *s)) [[likely]] {
      if (run.dying && run.by_signal) {
        run.keep_too_late(s);
      } else {
        sort_in(slot, s, run);
      }
    } else {
      // Sent to an earlier process of this slot, whose tag was the same: that one is gone.
      leave_if_counted(pid_of(slot), *s);
      undeliverable(s, pid{}, exit_reason::noproc());
    }
    s = next;
  }
  return true;
}

signal* next_match(process_slot& slot, waiter& w) noexcept {
  while (*slot.scan != nullptr) {
    if (w.match(w, **slot.scan)) {
      signal* taken = slot.unlink(slot.scan);
      leave_if_counted(pid_of(slot), *taken);
      return taken;
    }
    slot.scan = &(*slot.scan)->next;
  }
  return nullptr;
}

run_result drive(process_slot& slot, run_state& run) noexcept {
  context& here = run.here;
  for (;;) {
    if (run.dying) return run_result::exited;
    waiter* w = slot.waiting;
    if (w == nullptr) return run_result::exited;
    if (w->match == nullptr || next_match(slot, *w) != nullptr) {
      slot.waiting = nullptr;
      w->frame.resume();
      if (swallowed_exit(slot, run)) return run_result::exited;
      if (--here.budget <= 0 && slot.waiting != nullptr) return run_result::yielded;
      continue;
    }
    if (fetch(slot, run)) {
      --here.budget;
      continue;
    }
    if (before_wait(slot, static_cast<signal_waiter&>(*w)) == wait_state::over) continue;
    if (slot.box.wait()) return run_result::parked;
  }
}

void run_slot(context& here, process_slot& slot) noexcept {
  run_state run(here);
  run_result result;
  {
    current_process_scope scope(here, slot);
    result = slot.type->run(slot, run);
    if (result == run_result::exited) end_process(slot, run);
  }
  if (result == run_result::yielded) yield_slot(here, slot);
}

namespace {

// What still lies in the queue or came since: nobody will receive it.
void drop_all(signal* s, pid self, const exit_reason& reason) noexcept {
  while (s != nullptr) {
    signal* next = s->next;
    undeliverable(s, self, reason);
    s = next;
  }
}

}  // namespace

void end_process(process_slot& slot, run_state& run) noexcept {
  node_core& node = *slot.node;
  const pid self = pid_of(slot);
  slot.set(slot_flag::exiting);
  report_crash(slot, run);

  run.here.dying = &run.reason;
  slot.waiting = nullptr;
  slot.type->destroy(slot);
  run.here.dying = nullptr;
  end_wait_timer(slot);
  // What the body's destructors dropped concerns nobody any more.
  if (run.here.swallowed_by == &slot) run.here.swallowed_by = nullptr;

  const std::uint32_t next_serial = self.serial + 1;
  // The name is free before anybody can see the death; and once more below, should it have been
  // given in between.
  if (slot.has(slot_flag::has_name)) node.names.forget(self);
  // From here on sends and links to this process fail; what came before is answered below.
  slot.clear(slot_flag::alive);
  slot.serial.store(next_serial, std::memory_order_release);
  signal* late = slot.box.close(next_serial);
  const std::uint32_t flags = slot.flags.load(std::memory_order_seq_cst);
  if ((flags & slot_flag::has_name) != 0) node.names.forget(self);
  if ((flags & slot_flag::has_global_name) != 0) the_program().globals.forget(self);
  if ((flags & slot_flag::has_timers) != 0) node.timers.forget(self);
  close_room(slot, self, run.reason);
  drop_all(run.too_late, self, exit_reason::noproc());
  drop_all(slot.queue, self, run.reason);
  drop_all(late, self, run.reason);
  end_relations(slot, self, run.reason);
  if (node.outside != nullptr) node.outside->note("exit", self, pid{}, &run.reason);
  free_extra(slot);
  release(slot.parents);
  node.free_slot(&slot);
}

process_slot* new_process(context* here, node_core& node, const body_type& type) {
  process_slot* slot = node.allocate_slot();
  slot->node = &node;
  slot->queue = nullptr;
  slot->queue_end = slot->scan = &slot->queue;
  slot->type = &type;
  slot->body = nullptr;
  slot->waiting = nullptr;
  slot->links = nullptr;
  slot->watchers = nullptr;
  slot->extra = nullptr;
  slot->parents = nullptr;
  slot->next_reference = 1;
  slot->calls.store(0, std::memory_order_relaxed);
  slot->flags.store(slot_flag::alive, std::memory_order_relaxed);
  try {
    if (node.waiting_bytes.is_set() && !type.outside_budget) set_room(*slot, mailbox_limit{});
    if (here != nullptr && here->current != nullptr)
      slot->parents = lineage_for_children(*here->current);
  } catch (...) {
    abandon_process(*slot);
    throw;
  }
  slot->box.open(slot->serial.load(std::memory_order_relaxed));
  return slot;
}

void abandon_process(process_slot& slot) noexcept {
  const std::uint32_t next_serial = slot.serial.load(std::memory_order_relaxed) + 1;
  undo_relations(slot);
  slot.clear(slot_flag::alive);
  slot.serial.store(next_serial, std::memory_order_release);
  signal* late = slot.box.close(next_serial);
  drop_all(late, pid{}, exit_reason::noproc());
  release(slot.parents);
  slot.node->free_slot(&slot);
}

}  // namespace beamish::inline v0::detail
