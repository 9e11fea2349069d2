// SPDX-License-Identifier: Apache-2.0
//
// How the layer's own sources reach the cell inside a term. Not for anybody else.
//
//     const cell& c = term_access::cell_of(t);
// tested in: term_test.cpp
#pragma once

#include "beamish/term/term.hpp"

namespace beamish::inline v0::detail {

class term_access {
 public:
  static const cell& cell_of(const term& t) noexcept { return t.cell_; }
  static term make(cell c) noexcept { return term(static_cast<cell&&>(c)); }

  // The terms of a heap block, with an improper tail and __struct__. Empty for values in place.
  static std::span<const term> terms_of(const term& t) noexcept {
    if (!t.cell_.is_heap() || !t.cell_.heap()->holds_terms) return {};
    return {reinterpret_cast<const term*>(t.cell_.heap_data()), t.cell_.heap()->size};
  }
};

}  // namespace beamish::inline v0::detail
