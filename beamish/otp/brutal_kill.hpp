// SPDX-License-Identifier: Apache-2.0
//
// brutal_kill: killed at once, where otherwise there would be a time to end by itself.
//
//     child_spec<library>({.shutdown = brutal_kill}, shelf)    // its terminate doesn't run
//     t.shutdown(brutal_kill)                                  // of a task
//
// Mirrors :brutal_kill.
// tested in: child_spec_test.cpp
#pragma once

namespace beamish::inline v0 {

struct brutal_kill_t {};
inline constexpr brutal_kill_t brutal_kill{};

}  // namespace beamish::inline v0
