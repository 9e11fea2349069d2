// SPDX-License-Identifier: Apache-2.0
// tested in: node_test.cpp
#include "beamish/runtime/node_core.hpp"

#include <unistd.h>

#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/current.hpp"
#include "beamish/runtime/mailbox_room.hpp"

namespace beamish::inline v0::detail {

namespace {
bool write_to_poller(int fd) noexcept {
  if (fd < 0) return false;
  const std::uint64_t one = 1;
  // A full counter already wakes the loop.
  [[maybe_unused]] const auto written = ::write(fd, &one, sizeof one);
  return true;
}
}  // namespace

void node_core::inject(process_slot* slot) noexcept {
  {
    std::lock_guard lock(ready_mutex);
    ready_slots.push(slot);
    ready_count.fetch_add(1, std::memory_order_seq_cst);
    if (write_to_poller(wake_fd)) return;
  }
  idle.notify_one();
}

bool node_core::wake_poller() noexcept {
  std::lock_guard lock(ready_mutex);
  return write_to_poller(wake_fd);
}

process_slot* node_core::take_ready() noexcept {
  if (ready_count.load(std::memory_order_relaxed) == 0) return nullptr;
  std::lock_guard lock(ready_mutex);
  process_slot* slot = ready_slots.pop();
  if (slot != nullptr) ready_count.fetch_sub(1, std::memory_order_seq_cst);
  return slot;
}

pid identity_of(const process_slot& slot) noexcept { return pid_of(slot); }

std::string initial_call_of(const process_slot& slot) {
  std::string name;
  if (slot.type->code != nullptr) name = the_program().functions.name_of(slot.type->code(slot));
  return name.empty() ? std::string(slot.type->initial_call) : name;
}

namespace {

process_slot* find_slot_from(const context* here, pid p) noexcept {
  if (here != nullptr && here->node != nullptr && here->node->index == p.node) [[likely]] {
    return here->node->find(p.id);
  }
  node_entry* entry = p.node == 0 ? nullptr : the_program().entry(p.node);
  if (entry == nullptr) return nullptr;
  slot_directory* directory = entry->directory.load(std::memory_order_acquire);
  return directory == nullptr ? nullptr : directory->find(p.id);
}

// Inlined: it is most of what a send costs.
[[gnu::always_inline]] inline void arrive_at(context* here, process_slot* slot, pid to,
                                             signal* s) noexcept {
  if (slot == nullptr) [[unlikely]] {
    return undeliverable(
        s, to, is_gone_node(to.node) ? exit_reason::noconnection() : exit_reason::noproc());
  }
  s->to_serial = to.serial;
  s->to_node = static_cast<std::uint16_t>(to.node);
  switch (slot->box.push(s, to.serial)) {
    case push_result::queued:
      return;
    case push_result::wake:
      return make_ready(here, *slot);
    case push_result::dead:
      return undeliverable(s, to, exit_reason::noproc());
  }
}

bool is_simulated(const context* here) noexcept {
  return here != nullptr && here->node != nullptr && here->node->outside != nullptr;
}

}  // namespace

bool claim_process(process_slot& slot, pid p) noexcept {
  if (!slot.box.claim(p.serial)) return false;
  if (slot.serial.load(std::memory_order_relaxed) == p.serial && slot.node->index == p.node)
    return true;
  end_claim(slot);
  return false;
}

void end_claim(process_slot& slot) noexcept {
  if (!slot.box.wait()) make_ready(slot);
}

process_slot* find_slot(pid p) noexcept { return find_slot_from(current_context(), p); }

bool is_gone_node(std::uint32_t index) noexcept {
  const node_entry* entry = index == 0 ? nullptr : the_program().entry(index);
  return entry != nullptr && entry->directory.load(std::memory_order_acquire) == nullptr;
}

void undeliverable(signal* s, pid receiver, const exit_reason& reason) noexcept {
  leave_if_counted(receiver, *s);
  drop_context(*s);
  if (s->type->undeliverable != nullptr) {
    s->type->undeliverable(s, gone{receiver, reason});
  } else {
    s->type->dispose(s);
  }
}

void arrive(pid to, signal* s) noexcept {
  context* here = current_context();
  arrive_at(here, find_slot_from(here, to), to, s);
}

void deliver_from(context* here, pid from, pid to, signal* s) noexcept {
  if (is_simulated(here)) [[unlikely]]
    return here->node->outside->transmit(from, to, s);
  arrive_at(here, find_slot_from(here, to), to, s);
}

posting post(context* here, pid from, pid to, signal* s, bool may_wait) noexcept {
  process_slot* slot = find_slot_from(here, to);
  if (slot != nullptr && slot->has(slot_flag::bounded)) [[unlikely]]
    return post_bounded(here, from, to, s, may_wait);
  if (is_simulated(here)) [[unlikely]]
    here->node->outside->transmit(from, to, s);
  else
    arrive_at(here, slot, to, s);
  return posting::done;
}

void deliver(pid from, pid to, signal* s) noexcept { deliver_from(current_context(), from, to, s); }

}  // namespace beamish::inline v0::detail
