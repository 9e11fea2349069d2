// SPDX-License-Identifier: Apache-2.0
//
// What can be said of a supervisor: which children start again together, and how often.
//
// ```cpp
// supervisor_options o{.strategy = one_for_all, .max_restarts = 10};
// o.max_seconds == std::chrono::seconds(5);    //=> true
// o.auto_shutdown == auto_shutdown_when::never;    //=> true
// ```
//
// A strategy has to be given: options without one don't compile.
//
// Units: max_seconds is a std::chrono duration. Errors: a negative max_restarts and a max_seconds
// that isn't positive are refused when the supervisor starts, as {supervisor_data,
// {invalid_intensity, n}} and {invalid_period, seconds}. Threads: values.
//
// Mirrors the options of Supervisor.init/2. When not to use it: for children that come and go in
// great number (dynamic_supervisor).
// tested in: supervisor_test.cpp
#pragma once

#include <limits>

#include "beamish/runtime/destination.hpp"
#include "beamish/runtime/receive.hpp"

namespace beamish::inline v0 {

// Which children start again when one has ended: it alone, all, or it and those started after it.
enum class restart_strategy : std::uint8_t { one_for_one, one_for_all, rest_for_one };
using enum restart_strategy;

// Whether the supervisor ends when significant children have ended by themselves.
enum class auto_shutdown_when : std::uint8_t { never, any_significant, all_significant };
using auto_shutdown_when::all_significant;
using auto_shutdown_when::any_significant;

// For .max_restarts: never too many.
inline constexpr std::int64_t no_restart_limit = std::numeric_limits<std::int64_t>::max();

struct supervisor_options {
  // A restart_strategy, and no default.
  struct required_strategy {
    constexpr required_strategy(restart_strategy s) noexcept : value(s) {}
    // Only to say so in one line.
    template <bool Given = false>
    constexpr required_strategy() noexcept : value() {
      static_assert(Given, "say which children start again together: .strategy = one_for_one");
    }
    restart_strategy value;
  };

  required_strategy strategy;
  // More restarts than this within max_seconds end the supervisor.
  std::int64_t max_restarts = 3;
  duration max_seconds = std::chrono::seconds(5);
  auto_shutdown_when auto_shutdown = auto_shutdown_when::never;
  std::string_view name = {};
  const via* registry_name = nullptr;  // instead of a name
};

}  // namespace beamish::inline v0
