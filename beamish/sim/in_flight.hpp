// SPDX-License-Identifier: Apache-2.0
//
// Signals that have set out and not arrived: one channel for each pair of sender and receiver.
//
//     under_way.send(a, b, s);
//     under_way.channels()       // 1: only one pair has something under way
//     under_way.take(0)          // {a, b, s}: the oldest of that channel
//
// Within a channel the order of sending holds; which channel goes next is the caller's choice. That
// is exactly the freedom that OTP has. Channels that hold something are numbered 0 … channels()-1;
// the numbers depend on nothing but the order of sends and takes.
// Threads: none. Costs: constant per signal.
#pragma once

#include <cstdint>
#include <vector>

#include "beamish/runtime/signal.hpp"
#include "beamish/term/identifiers.hpp"

namespace beamish::inline v0::sim {

class in_flight {
 public:
  struct arrival {
    pid from, to;
    detail::signal* what;
  };

  void send(pid from, pid to, detail::signal* s);
  // Whether something from `from` to `to` is still under way.
  bool between(pid from, pid to) const noexcept;
  std::uint32_t channels() const noexcept { return static_cast<std::uint32_t>(busy_.size()); }
  // REQUIRES: channel < channels().
  arrival take(std::uint32_t channel) noexcept;

 private:
  struct pair_channel {
    pid from, to;
    detail::signal* first = nullptr;
    detail::signal* last = nullptr;
  };

  // The place of that pair in the table: its channel plus one, or 0 where it would be.
  std::size_t place_of(pid from, pid to) const noexcept;
  void grow();

  std::vector<pair_channel> all_;     // of every pair that ever sent
  std::vector<std::uint32_t> busy_;   // those that hold something
  std::vector<std::uint32_t> table_;  // open addressing; a power of two, at most half full
};

}  // namespace beamish::inline v0::sim
