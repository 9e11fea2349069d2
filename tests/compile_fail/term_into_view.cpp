// SPDX-License-Identifier: Apache-2.0
//
// What doesn't own its text can't be read from a term.
//
// expect: this type, or one inside it, can't be made from a term
#include <string_view>

#include "beamish/term/conversion.hpp"

struct title {
  std::string_view text;
};

beamish::term shown(const title& t) { return beamish::to_term(t); }

// wrong:
auto read(const beamish::term& from) { return beamish::from_term<title>(from); }
// end
