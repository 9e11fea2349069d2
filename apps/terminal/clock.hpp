// SPDX-License-Identifier: Apache-2.0
// The clock by which the command measures durations: nanoseconds, never going back.

#pragma once

#include <cstdint>

namespace beamish::apps {

std::int64_t steady_now_ns();

}  // namespace beamish::apps
