// SPDX-License-Identifier: Apache-2.0
// tested in: look_test.cpp
#include "beamish/runtime/look.hpp"

#include "beamish/runtime/current.hpp"
#include "beamish/runtime/held_process.hpp"
#include "beamish/runtime/request.hpp"
#include "beamish/runtime/task.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0::detail {

namespace {

void add_place(std::vector<code_place>& stack, const std::source_location& at) {
  if (at.line() == 0) return;
  stack.push_back(place_of(at));
}

// From the call outwards: each place is where the next coroutine was awaited.
void add_stack(process_look& look, const call_waiter& w) {
  add_place(look.stack, w.called_at);
  for (const promise_base* p = w.asker; p != nullptr; p = p->parent)
    add_place(look.stack, p->awaited_at);
}

void fill(process_look& look, process_slot& slot) {
  look.state = process_look::state_kind::waits;
  look.initial_call = initial_call_of(slot);
  look.waits_for = what_it_waits_for(slot);
  look.trap_exit = slot.has(slot_flag::trap_exit);
  for (const signal* s = slot.queue; s != nullptr; s = s->next) ++look.mailbox_length;
  if (const call_waiter* w = reply_wait_of(slot)) add_stack(look, *w);
}

}  // namespace

code_place place_of(const std::source_location& at) {
  std::string_view file = at.file_name();
  file.remove_prefix(file.rfind('/') + 1);  // npos + 1 is 0
  return {at.function_name(), std::string(file), at.line()};
}

std::string_view name_of(process_look::state_kind state) noexcept {
  static constexpr std::string_view names[] = {"gone", "busy", "waits"};
  return names[static_cast<int>(state)];
}

process_look look_at(pid process, const request_base* asks) {
  process_look look;
  look.process = process;
  const context* here = current_context();
  if (here == nullptr || here->node == nullptr || here->node->index != process.node) return look;
  process_slot* slot = find_slot(process);
  if (slot == nullptr || slot->serial.load(std::memory_order_acquire) != process.serial ||
      !slot->has(slot_flag::alive))
    return look;
  look.state = process_look::state_kind::busy;
  look.registered_name = here->node->names.name_of(process);
  // It runs further down on this thread's stack, and waits there.
  if (asks != nullptr && here->inline_call == asks) {
    fill(look, *slot);
    // Its wait has not begun, so it does not know yet for whom.
    if (here->current != nullptr)
      look.waits_for = "a reply of " + inspect(term(pid_of(*here->current)));
    return look;
  }
  const held_process held(*slot, process);
  if (held && !slot->has(slot_flag::thread_body)) fill(look, *slot);
  return look;
}

}  // namespace beamish::inline v0::detail
