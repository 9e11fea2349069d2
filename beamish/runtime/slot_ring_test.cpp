// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/slot_ring.hpp"

#include <doctest/doctest.h>

using beamish::detail::slot_ring;

TEST_CASE("slot_ring: the distance to each occupied slot, from each slot, also around the end") {
  for (const int occupied : {0, 1, 63, 64, 65, 127, 128, 200, 255}) {
    slot_ring<256> ring;
    REQUIRE(ring.distance_from(occupied) == 256);
    ring.set(occupied);
    for (int from = 0; from < 256; ++from)
      REQUIRE(ring.distance_from(from) == (occupied - from + 256) % 256);
    ring.clear(occupied);
    REQUIRE(ring.distance_from(occupied) == 256);
  }
}

TEST_CASE("slot_ring: the nearest of several counts") {
  slot_ring<64> ring;
  for (const int slot : {3, 10, 60}) ring.set(slot);
  CHECK(ring.distance_from(0) == 3);
  CHECK(ring.distance_from(3) == 0);
  CHECK(ring.distance_from(4) == 6);
  CHECK(ring.distance_from(11) == 49);
  CHECK(ring.distance_from(61) == 6);
  ring.clear(3);
  CHECK(ring.distance_from(61) == 13);
}
