// SPDX-License-Identifier: Apache-2.0
// Which slots of a ring are occupied, and how far it is to the next one.
//
//   slot_ring<128> ring;
//   ring.set(3);
//   ring.distance_from(120)    //=> 11
//   ring.distance_from(3)      //=> 0
//   ring.clear(3);
//   ring.distance_from(0)      //=> 128
//
// Threads: none; one owner. Nothing throws or allocates.
#pragma once

#include <bit>
#include <cstdint>

namespace beamish::inline v0::detail {

template <int Slots>
class slot_ring {
  static_assert(Slots >= 64 && (Slots & (Slots - 1)) == 0, "a power of two");

 public:
  static constexpr int slots = Slots;

  void set(int slot) { words_[slot / 64] |= bit(slot); }
  void clear(int slot) { words_[slot / 64] &= ~bit(slot); }

  // From `slot` on, itself included, to the first that is occupied; `slots` if none is.
  int distance_from(int slot) const {
    const int first = slot / 64;
    const std::uint64_t rest = words_[first] >> (slot % 64);
    if (rest != 0) return std::countr_zero(rest);
    for (int i = 1; i <= words; ++i) {
      // The last word is the first again, of which only the lower part is left to look at.
      const std::uint64_t word = words_[(first + i) % words];
      if (word != 0) {
        const int distance = i * 64 + std::countr_zero(word) - slot % 64;
        return distance < Slots ? distance : Slots;
      }
    }
    return Slots;
  }

 private:
  static constexpr int words = Slots / 64;
  static std::uint64_t bit(int slot) { return std::uint64_t{1} << (slot % 64); }

  std::uint64_t words_[words] = {};
};

}  // namespace beamish::inline v0::detail
