// SPDX-License-Identifier: Apache-2.0
#include <time.h>

#include <random>

#include "beamish/runtime/world.hpp"

namespace beamish::inline v0::detail {

namespace {
std::int64_t read_clock(clockid_t id) noexcept {
  timespec t{};
  ::clock_gettime(id, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}
}  // namespace

std::int64_t real_now() noexcept { return read_clock(CLOCK_MONOTONIC); }
std::int64_t real_wall_clock() noexcept { return read_clock(CLOCK_REALTIME); }
std::uint64_t real_random() noexcept {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

}  // namespace beamish::inline v0::detail
