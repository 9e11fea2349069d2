// SPDX-License-Identifier: Apache-2.0
//
// What is out of order in a simulated world right now: rates, cuts, slow nodes, a clock that is
// wrong.
//
// Threads: none. The simulation is the only one who changes it, in fault_steps.cpp.
// tested in: faults_test.cpp
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "beamish/runtime/node.hpp"
#include "beamish/sim/faults.hpp"
#include "beamish/sim/oracle.hpp"

namespace beamish::inline v0::sim {

struct fault_state {
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
  // Until then a cut is only a delay; OTP notices a silent peer after about this time.
  static constexpr std::int64_t tick_time = 60'000'000'000;

  struct cut {
    std::uint32_t from, to;  // node indices
    std::int64_t begin, end;
    bool broken = false;
  };
  struct slowness {
    std::uint32_t node;
    std::int64_t end;
    std::int64_t each_turn;
  };
  struct bootable {
    std::string name;
    std::function<void(beamish::node&)> start;
    std::int64_t back_at = never;  // of one that has crashed
  };

  faults covered;
  bool on = true;
  // The covered kinds that are asked for before each step, with their rates.
  std::vector<fault> step_kinds;
  std::vector<double> step_rates;
  // Of this run, drawn by its seed.
  std::array<double, fault_kinds> rates{};
  fault_counts counts{};
  std::vector<pid> spared;
  std::vector<cut> cuts;
  std::vector<slowness> slow;
  std::vector<bootable> boots;
  std::vector<std::uint32_t> crashing;  // nodes whose processes end without being heard
  std::int64_t clock_jump = 0;
  // When the next of them is over.
  std::int64_t next_end = never;

  explicit fault_state(const faults& f) : covered(f) {}
  void draw_rates(oracle& o);
  bool may_happen(fault f) const noexcept { return on && covered.covers(f); }
  double rate(fault f) const noexcept { return rates[static_cast<std::size_t>(f)]; }
  void count(fault f) noexcept { ++counts[static_cast<std::size_t>(f)]; }
  bool is_spared(pid p) const noexcept;
  bool is_cut(std::uint32_t from, std::uint32_t to) const noexcept;
  bool is_crashing(std::uint32_t node) const noexcept;
  // How that node is booted; null if nobody has said.
  bootable* boot_of(std::string_view name) noexcept;
  // How long a turn of that node's processes takes.
  std::int64_t delay_of(std::uint32_t node) const noexcept;
  void note_end(std::int64_t end) noexcept { next_end = end < next_end ? end : next_end; }
};

}  // namespace beamish::inline v0::sim
