// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/spawn.hpp"

#include <optional>

#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/crash_report.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/relations.hpp"
#include "beamish/runtime/runner.hpp"
#include "beamish/runtime/scheduler.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/runtime/wait.hpp"

namespace beamish::inline v0::detail {

node_core& current_node() {
  context* here = current_context();
  if (here == nullptr || here->node == nullptr) not_in_a_process();
  return *here->node;
}

process_slot& prepare_spawn(node_core& node, const body_type& type, bond how, reference& id) {
  context* here = current_context();
  // The maker's slot is written: its lineage, its links, its monitors.
  std::optional<self_access> me;
  if (how != bond::none || (here != nullptr && here->current != nullptr)) me.emplace();
  process_slot* slot = new_process(here, node, type);
  if (how == bond::none) return *slot;
  try {
    if (how == bond::link || how == bond::task) start_link_with_new(**me, *slot);
    if (how == bond::link) return *slot;
    id = next_reference(**me);
    start_monitor_of_new(**me, *slot, id, how == bond::owner || how == bond::element);
    if (how == bond::task || how == bond::element) extra_of(**me).requests.insert(count_of(id));
  } catch (...) {
    abandon_process(*slot);
    throw;
  }
  return *slot;
}

void abandon_spawn(process_slot& slot) noexcept { abandon_process(slot); }

void tell_spawn(const process_slot& slot) noexcept {
  if (slot.node->outside != nullptr)
    slot.node->outside->note("spawn", pid_of(slot), sender(), nullptr);
}

pid finish_spawn(process_slot& slot) noexcept {
  const pid p = pid_of(slot);
  tell_spawn(slot);
  make_spawned_ready(current_context(), slot);
  return p;
}

run_result run_coroutine(process_slot& slot, run_state& run) {
  auto& body = *static_cast<coroutine_body*>(slot.body);
  fetch_behind_queue(slot, run);
  if (!body.started) {
    // An exit signal may have come before the first step.
    fetch(slot, run);
    if (run.dying) return run_result::exited;
    body.started = true;
    try {
      body.start(body);
    } catch (...) {
      forget_trail();
      run.fail(slot, exit_reason::from_exception(std::current_exception()));
      return run_result::exited;
    }
    if (swallowed_exit(slot, run) || !body.root) return run_result::exited;
    body.root_promise->self = &slot;
    slot.waiting = body.root_promise;
  }
  const run_result result = drive(slot, run);
  if (result == run_result::exited && !run.dying && body.root_promise->error) {
    run.fail(slot, exit_reason::from_exception(std::exchange(body.root_promise->error, nullptr)));
  }
  return result;
}

void promise_base::note_failure() noexcept {
  error = std::current_exception();
  trail_failure(error, awaited_at, this, parent);
}

}  // namespace beamish::inline v0::detail
