// SPDX-License-Identifier: Apache-2.0
//
// Reads the terms that language.py writes: integers, quoted atoms, <<"texts">>, tuples and lists.
#pragma once

#include <string_view>
#include <vector>

#include "beamish/term/term.hpp"

namespace differential {

// All terms of a text, each followed by a full stop. Throws std::runtime_error with the offset of
// what it can't read.
std::vector<beamish::term> read_terms(std::string_view text);

}  // namespace differential
