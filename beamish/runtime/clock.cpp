// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/clock.hpp"

#include "beamish/runtime/current.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/world.hpp"

namespace beamish::inline v0 {

namespace {

detail::node_core* node_of_here() noexcept {
  const detail::context* here = detail::current_context();
  return here == nullptr || here->current == nullptr ? nullptr : here->current->node;
}

}  // namespace

std::chrono::nanoseconds monotonic_time() noexcept {
  detail::node_core* node = node_of_here();
  return std::chrono::nanoseconds(node != nullptr ? node->now() : detail::real_now());
}

std::chrono::system_clock::time_point system_time() noexcept {
  detail::node_core* node = node_of_here();
  const std::chrono::nanoseconds since_1970(node != nullptr ? node->wall_clock()
                                                            : detail::real_wall_clock());
  return std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(since_1970));
}

std::uint64_t random_number() noexcept {
  detail::node_core* node = node_of_here();
  const bool simulated = node != nullptr && node->outside != nullptr;
  return simulated ? node->outside->random_number() : detail::real_random();
}

}  // namespace beamish::inline v0
