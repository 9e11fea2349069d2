// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/in_flight.hpp"

#include <utility>

namespace beamish::inline v0::sim {

std::uint64_t number_of(pid from, pid to) noexcept {
  std::uint64_t h = 0;
  for (std::uint32_t word : {from.node, from.id, from.serial, to.node, to.id, to.serial}) {
    h = (h ^ word) * 0x9e3779b97f4a7c15ull;
    h ^= h >> 29;
  }
  return h;
}

std::size_t in_flight::place_of(pid from, pid to) const noexcept {
  const std::size_t mask = table_.size() - 1;
  std::size_t at = static_cast<std::size_t>(number_of(from, to)) & mask;
  while (table_[at] != 0) {
    const pair_channel& c = all_[table_[at] - 1];
    if (c.from == from && c.to == to) break;
    at = (at + 1) & mask;
  }
  return at;
}

void in_flight::grow() {
  const std::size_t size = table_.empty() ? 64 : 2 * table_.size();
  table_.assign(size, 0);
  for (std::uint32_t i = 0; i < all_.size(); ++i)
    table_[place_of(all_[i].from, all_[i].to)] = i + 1;
}

std::optional<std::uint32_t> in_flight::send(pid from, pid to, detail::signal* s) {
  if (2 * (all_.size() + 1) > table_.size()) grow();
  std::uint32_t& place = table_[place_of(from, to)];
  if (place == 0) {
    all_.push_back({from, to});
    place = static_cast<std::uint32_t>(all_.size());
  }
  pair_channel& c = all_[place - 1];
  s->next = nullptr;
  const bool was_empty = c.first == nullptr;
  (was_empty ? c.first : c.last->next) = s;
  c.last = s;
  ++size_;
  if (!was_empty) return std::nullopt;
  return place - 1;
}

bool in_flight::between(pid from, pid to) const noexcept {
  if (size_ == 0) return false;
  const std::uint32_t place = table_[place_of(from, to)];
  return place != 0 && all_[place - 1].first != nullptr;
}

detail::signal* in_flight::take(std::uint32_t channel) noexcept {
  --size_;
  return std::exchange(all_[channel].first, all_[channel].first->next);
}

}  // namespace beamish::inline v0::sim
