// SPDX-License-Identifier: Apache-2.0
// tested in: faults_test.cpp
#include "beamish/sim/fault_state.hpp"

#include <algorithm>
#include <cmath>

namespace beamish::inline v0::sim {

namespace {
constexpr fault asked_each_step[] = {fault::kill_process, fault::crash_node, fault::cut_nodes,
                                     fault::slow_node, fault::jump_clock};
}

// Zero is a rate: in a third of all runs a kind of fault does not happen.
void fault_state::draw_rates(oracle& o) {
  for (std::size_t i = 0; i < fault_kinds; ++i) {
    const double most = covered.rate(static_cast<fault>(i));
    const double sort = o.draw_unit();
    const double share = std::pow(10.0, -2.0 * o.draw_unit());
    rates[i] = sort < 1.0 / 3 ? 0 : most * share;
  }
  for (fault f : asked_each_step) {
    if (!covered.covers(f)) continue;
    step_kinds.push_back(f);
    step_rates.push_back(rate(f));
  }
}

bool fault_state::is_spared(pid p) const noexcept {
  return std::find(spared.begin(), spared.end(), p) != spared.end();
}

bool fault_state::is_cut(std::uint32_t from, std::uint32_t to) const noexcept {
  return std::any_of(cuts.begin(), cuts.end(),
                     [&](const cut& c) { return c.from == from && c.to == to; });
}

bool fault_state::is_crashing(std::uint32_t node) const noexcept {
  return std::find(crashing.begin(), crashing.end(), node) != crashing.end();
}

fault_state::bootable* fault_state::boot_of(std::string_view name) noexcept {
  const auto at =
      std::find_if(boots.begin(), boots.end(), [&](const bootable& b) { return b.name == name; });
  return at == boots.end() ? nullptr : &*at;
}

std::int64_t fault_state::delay_of(std::uint32_t node) const noexcept {
  std::int64_t most = 0;
  for (const slowness& s : slow) {
    if (s.node == node) most = std::max(most, s.each_turn);
  }
  return most;
}

}  // namespace beamish::inline v0::sim
