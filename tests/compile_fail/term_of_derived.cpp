// SPDX-License-Identifier: Apache-2.0
//
// The fields of a struct with a base class can't be seen.
//
// expect: a struct with a base class has no visible fields: make the base a field
#include "beamish/term/conversion.hpp"

struct options {
  int limit = 0;
};
struct more_options : options {
  int depth = 0;
};

// wrong:
beamish::term shown(const more_options& o) { return beamish::to_term(o); }
// end
