// SPDX-License-Identifier: Apache-2.0
//
// Prints a term as Elixir's inspect/1 does.
//
//     inspect(tuple(atom("ok"), list(1, 2)))              //=> "{:ok, [1, 2]}"
//     inspect(keyword({{"limit", 2}, {"name", "x"}}))     //=> "[limit: 2, name: \"x\"]"
//     inspect(list(97, 98, 99))                           //=> "'abc'"
//
// One line; at most 50 items in all nested levels as Elixir counts them, then "..."; at most 4,096
// characters of one text. Maps are printed in the order of their keys at any size (Elixir: up to
// 32). Threads: pure functions. Stack: bounded, however deep the term.
#pragma once

#include <string>

#include "beamish/term/term.hpp"

namespace beamish::inline v0 {

std::string inspect(const term& value);

// conversion.hpp has inspect() for values of any type.

}  // namespace beamish::inline v0
