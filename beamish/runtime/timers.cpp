// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/timers.hpp"

#include "beamish/runtime/memory_access.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/timers_code.hpp"

namespace beamish::inline v0::detail {

void discard(timer_record* record) noexcept {
  delete std::exchange(record->name, nullptr);
  drop_context(*record->what);
  record->what->type->dispose(record->what);
}

void real_timing::fire(node_core& core, timer_record* record) noexcept {
  pid to = record->target;
  if (record->name != nullptr) {
    to = core.names.find(*record->name);
    delete std::exchange(record->name, nullptr);
  }
  if (!to) return discard(record);
  deliver(pid{core.index, record->owner, record->owner_serial}, to, record->what);
}

template class basic_timer_service<real_timing>;

}  // namespace beamish::inline v0::detail
