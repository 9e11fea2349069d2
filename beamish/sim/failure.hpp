// SPDX-License-Identifier: Apache-2.0
//
// How a run fails: its class, and what happened in words.
//
//     sim::failure f{sim::failure_kind::invariant, "limit kept"};
//     sim::name_of(f.kind)        // "invariant"
//     sim::exit_code_of(f.kind)   // 66
//
// Threads: values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace beamish::inline v0::sim {

enum class failure_kind : std::uint8_t {
  none,
  crash,           // a process of the test ended as it should not, or the program did
  invariant,       // something that must always hold did not, or something was left behind
  liveness,        // something that has to happen did not happen, or there was no end in sight
  deadlock,        // somebody waits for ever
  nondeterminism,  // the same decisions led to another run
};

struct failure {
  failure_kind kind = failure_kind::none;
  std::string text;
  friend bool operator==(const failure&, const failure&) = default;
};

// "crash"
std::string_view name_of(failure_kind kind) noexcept;
// The kind of that name; none if there is none.
failure_kind failure_named(std::string_view name) noexcept;
// 0 for none, then 65 to 69.
int exit_code_of(failure_kind kind) noexcept;

}  // namespace beamish::inline v0::sim
