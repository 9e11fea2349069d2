// SPDX-License-Identifier: Apache-2.0
//
// Plays a scenario: tells its processes what to do, and waits until all is quiet between two lines.
#pragma once

#include "tests/differential/player.hpp"

namespace differential {

// The events of one play, in the order in which they happened; a complaint if it did not end well.
struct played {
  std::vector<event> events;
  std::string complaint;
};

played play_simulated(const beamish::term& lines, std::uint64_t seed);
// On threads nobody knows when all is quiet: `quiet` is the pause after a line.
played play_real(const beamish::term& lines, beamish::duration quiet);

}  // namespace differential
