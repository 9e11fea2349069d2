// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/deadline.hpp"

#include <algorithm>

#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"

namespace beamish::inline v0 {

std::optional<duration> deadline_left() {
  const detail::context* here = detail::current_context();
  // A thread body serves no requests.
  if (here == nullptr || here->current == nullptr || here->as_thread != nullptr)
    return std::nullopt;
  const detail::process_slot& me = *here->current;
  if (!me.has(detail::slot_flag::has_deadline)) return std::nullopt;
  return duration(std::max<std::int64_t>(me.extra->deadline - me.node->now(), 0));
}

}  // namespace beamish::inline v0
