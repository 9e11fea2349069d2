// SPDX-License-Identifier: Apache-2.0
//
// What names a process, a reference or a port: plain values without behaviour.
//
//     pid nobody;
//     bool(nobody)                       //=> false
//     inspect(pid{1, 110, 0})            //=> "#PID<1.110.0>"
//
// All are trivially copyable, compare member by member, and can be used from any thread.
// tested in: term_test.cpp
#pragma once

#include <compare>
#include <cstdint>

namespace beamish::inline v0 {

struct pid {
  std::uint32_t node = 0;
  std::uint32_t id = 0;
  std::uint32_t serial = 0;

  explicit constexpr operator bool() const noexcept { return node != 0; }
  friend constexpr auto operator<=>(const pid&, const pid&) = default;
};

struct reference {
  std::uint32_t node = 0;
  std::uint32_t words[5] = {};

  explicit constexpr operator bool() const noexcept { return node != 0; }
  friend constexpr auto operator<=>(const reference&, const reference&) = default;
};

struct port_id {
  std::uint32_t node = 0;
  std::uint64_t id = 0;

  explicit constexpr operator bool() const noexcept { return node != 0; }
  friend constexpr auto operator<=>(const port_id&, const port_id&) = default;
};

static_assert(sizeof(pid) == 12 && sizeof(reference) == 24);

}  // namespace beamish::inline v0
