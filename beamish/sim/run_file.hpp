// SPDX-License-Identifier: Apache-2.0
//
// A run as a file: everything that it takes to repeat it, and how it ended.
//
//     beamish run 1
//     scenario ping
//     program /home/me/build/my_scenarios
//     seed 17
//     failure invariant the answer is 42
//     trace 8c1d22fb0a417e55
//     steps 12
//     narrow no
//     decisions 4
//     next 3 1
//     next 2 0 x2        the same one twice
//     slice 4 3
//
// Guarantees: a text, a few bytes for each decision; what is read back equals what was written.
// Errors: read_run says which line is wrong, and why, by std::runtime_error.
// tested in: run_file_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "beamish/sim/failure.hpp"
#include "beamish/sim/oracle.hpp"

namespace beamish::inline v0::sim {

struct recorded_run {
  std::string scenario;
  std::string program;  // that knows the scenario
  std::uint64_t seed = 0;
  sim::failure failure;  // its text is one line here
  std::uint64_t trace_hash = 0;
  std::uint64_t steps = 0;
  bool narrow = false;
  std::vector<decision> decisions;

  // Its decisions as the answers of another run, which has to ask the same questions.
  script answers() const { return {decisions, true, narrow}; }
  friend bool operator==(const recorded_run&, const recorded_run&) = default;
};

// "queued_call"
std::string_view name_of(choice kind) noexcept;

std::string write_run(const recorded_run& run);
recorded_run read_run(std::string_view text);

// Files; errors are std::runtime_error with the path and the reason.
void save_run(const recorded_run& run, const std::string& path);
recorded_run load_run(const std::string& path);

}  // namespace beamish::inline v0::sim
