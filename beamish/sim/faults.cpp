// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/faults.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace beamish::inline v0::sim {

namespace {
constexpr std::array<std::string_view, fault_kinds> fault_names = {
    "kill_process",      "crash_node",   "cut_nodes",       "slow_node",  "jump_clock",
    "throw_in_callback", "delay_signal", "fail_allocation", "fail_write", "fail_sync"};
}  // namespace

std::string_view name_of(fault f) noexcept { return fault_names[static_cast<std::size_t>(f)]; }

faults& faults::set(fault f, double rate, std::chrono::nanoseconds longest) {
  if (!(rate >= 0 && rate <= 1)) {
    throw std::invalid_argument("the rate of " + std::string(name_of(f)) + " is " +
                                std::to_string(rate) + "; a probability is from 0 to 1");
  }
  rates_[static_cast<std::size_t>(f)] = rate;
  longest_[static_cast<std::size_t>(f)] = longest;
  return *this;
}

faults& faults::kill_processes(double rate) { return set(fault::kill_process, rate); }
faults& faults::crash_nodes(double rate, std::chrono::nanoseconds back_after) {
  return set(fault::crash_node, rate, back_after);
}
faults& faults::cut_nodes(double rate, std::chrono::nanoseconds longest) {
  return set(fault::cut_nodes, rate, longest);
}
faults& faults::slow_nodes(double rate, std::chrono::nanoseconds longest) {
  return set(fault::slow_node, rate, longest);
}
faults& faults::jump_clock(double rate) { return set(fault::jump_clock, rate); }
faults& faults::throw_in_callbacks(double rate) { return set(fault::throw_in_callback, rate); }
faults& faults::delay_signals(double rate, std::chrono::nanoseconds longest) {
  return set(fault::delay_signal, rate, longest);
}
faults& faults::fail_allocations(double rate) { return set(fault::fail_allocation, rate); }
faults& faults::fail_writes(double rate) { return set(fault::fail_write, rate); }
faults& faults::fail_syncs(double rate) { return set(fault::fail_sync, rate); }

bool faults::any() const noexcept {
  return std::any_of(rates_.begin(), rates_.end(), [](double r) { return r > 0; });
}

}  // namespace beamish::inline v0::sim
