// SPDX-License-Identifier: Apache-2.0
#include "apps/terminal/clock.hpp"

#include <chrono>

namespace beamish::apps {

std::int64_t steady_now_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace beamish::apps
