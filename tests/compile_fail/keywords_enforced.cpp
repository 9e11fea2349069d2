// SPDX-License-Identifier: Apache-2.0
//
// enforce_keys with a name that no field has.
//
// expect: enforce_keys names a field that isn't there
#include <array>

#include "beamish/term/keywords.hpp"

struct options {
  // wrong:
  static constexpr auto enforce_keys = std::array{"limits"};
  // end
  int limit = 0;
};

auto made() { return beamish::from_keywords<options>({{"limit", 1}}); }
