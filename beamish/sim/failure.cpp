// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/failure.hpp"

#include <iterator>

namespace beamish::inline v0::sim {

namespace {
constexpr std::string_view kind_names[] = {"none",     "crash",    "invariant",
                                           "liveness", "deadlock", "nondeterminism"};
constexpr int first_exit_code = 64;
}  // namespace

std::string_view name_of(failure_kind kind) noexcept {
  return kind_names[static_cast<std::size_t>(kind)];
}

failure_kind failure_named(std::string_view name) noexcept {
  for (std::size_t i = 0; i < std::size(kind_names); ++i) {
    if (kind_names[i] == name) return static_cast<failure_kind>(i);
  }
  return failure_kind::none;
}

int exit_code_of(failure_kind kind) noexcept {
  return kind == failure_kind::none ? 0 : first_exit_code + static_cast<int>(kind);
}

}  // namespace beamish::inline v0::sim
