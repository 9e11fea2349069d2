// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/oracle.hpp"

#include <bit>

namespace beamish::inline v0::sim {

oracle::oracle(std::uint64_t seed) {
  for (std::uint64_t& word : state_) {
    seed += 0x9e3779b97f4a7c15ull;
    std::uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    word = z ^ (z >> 31);
  }
  decisions_.reserve(256);
}

std::uint64_t oracle::draw() noexcept {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint32_t oracle::choose(choice kind, std::uint32_t options) {
  if (options <= 1 || !choosing_) return 0;
  // The upper half times the number of options: its bias is below options / 2^32.
  const auto chosen = static_cast<std::uint32_t>(((draw() >> 32) * options) >> 32);
  decisions_.push_back({kind, options, chosen});
  return chosen;
}

std::uint64_t oracle::random_number() {
  const std::uint64_t high = choose(choice::random, ~0u);
  const std::uint64_t low = choose(choice::random, ~0u);
  return (high << 32) | low;
}

}  // namespace beamish::inline v0::sim
