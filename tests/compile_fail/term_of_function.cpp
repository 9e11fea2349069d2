// SPDX-License-Identifier: Apache-2.0
//
// A value with a function in it can't be written as a term.
//
// expect: this type, or one inside it, has no term shape
#include <functional>

#include "beamish/term/conversion.hpp"

struct state {
  int count = 0;
  std::function<void()> callback;
};

beamish::term shown(const state& s) {
  // wrong:
  return beamish::to_term(s);
  // end
  return beamish::to_printable_term(s);
}
