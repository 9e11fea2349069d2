// SPDX-License-Identifier: Apache-2.0
//
// Signals that have set out and not arrived: one channel for each pair of sender and receiver.
//
//     std::optional<std::uint32_t> c = under_way.send(a, b, s);   // the channel, if it was empty
//     under_way.take(*c)                                          // the oldest of that channel
//     under_way.holds(*c)                                         // whether more is in it
//
// Within a channel the order of sending holds; which channel goes next is the caller's choice. That
// is exactly the freedom that OTP has. A channel's number never changes, and depends on nothing but
// the order of first sends.
// Threads: none. Costs: constant per signal.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "beamish/runtime/signal.hpp"
#include "beamish/term/identifiers.hpp"

namespace beamish::inline v0::sim {

// A number for that pair, the same in every run.
std::uint64_t number_of(pid from, pid to) noexcept;

class in_flight {
 public:
  // The pair's channel, if it held nothing before.
  std::optional<std::uint32_t> send(pid from, pid to, detail::signal* s);
  // Whether something from `from` to `to` is still under way.
  bool between(pid from, pid to) const noexcept;
  bool holds(std::uint32_t channel) const noexcept { return all_[channel].first != nullptr; }
  pid from(std::uint32_t channel) const noexcept { return all_[channel].from; }
  pid to(std::uint32_t channel) const noexcept { return all_[channel].to; }
  // REQUIRES: holds(channel).
  detail::signal* take(std::uint32_t channel) noexcept;
  // How many channels there are: they are numbered from 0.
  std::uint32_t channels() const noexcept { return static_cast<std::uint32_t>(all_.size()); }
  // How many signals are under way.
  std::uint64_t size() const noexcept { return size_; }

 private:
  struct pair_channel {
    pid from, to;
    detail::signal* first = nullptr;
    detail::signal* last = nullptr;
  };

  // The place of that pair in the table: its channel plus one, or 0 where it would be.
  std::size_t place_of(pid from, pid to) const noexcept;
  void grow();

  std::vector<pair_channel> all_;  // of every pair that ever sent
  std::uint64_t size_ = 0;
  std::vector<std::uint32_t> table_;  // open addressing; a power of two, at most half full
};

}  // namespace beamish::inline v0::sim
