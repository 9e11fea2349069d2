// SPDX-License-Identifier: Apache-2.0
// tested in: partition_supervisor_test.cpp
#include "beamish/otp/schedulers.hpp"

#include <algorithm>

#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/scheduler.hpp"
#include "beamish/runtime/spawn.hpp"

namespace beamish::inline v0 {

std::size_t schedulers_online() {
  const detail::scheduler* workers = detail::current_node().workers;
  return workers == nullptr ? 2 : std::max<std::size_t>(1, workers->worker_count());
}

}  // namespace beamish::inline v0
