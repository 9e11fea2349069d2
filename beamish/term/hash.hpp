// SPDX-License-Identifier: Apache-2.0
//
// Hashes of terms: equal terms have equal ones, in every run and with every compiler.
//
// ```cpp
// #include <unordered_set>
//
// hash_value(tuple(atom("room"), 1)) == hash_value(tuple(atom("room"), 1));    //=> true
// hash_value(term(1)) == hash_value(term(1.0));        //=> false
// std::unordered_set<pid> seen{pid{1, 7, 0}};
// seen.contains(pid{1, 7, 0});                   //=> true
// ```
//
// Guarantees: it depends on the value alone, as == does. Of a pid the node's index does not count,
// which differs from run to run. What lies deeper than 16 levels does not count either, so the time
// of a hash is bounded by the size of the term and its stack by a constant. Errors: none but for
// memory. Threads: any.
//
// Mirrors :erlang.phash2/1; the numbers are others. When not to use it: for what must not be
// guessed, or has to be told from what was made to collide.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "beamish/term/term.hpp"

namespace beamish::inline v0 {

// Every bit of the result depends on every bit of `x`.
constexpr std::uint64_t mixed(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

std::size_t hash_value(const term& t);
std::size_t hash_of_text(std::string_view bytes) noexcept;
inline std::size_t hash_value(pid p) noexcept {
  return mixed(static_cast<std::uint64_t>(p.id) << 32 | p.serial);
}

}  // namespace beamish::inline v0

template <>
struct std::hash<beamish::term> {
  std::size_t operator()(const beamish::term& t) const { return beamish::hash_value(t); }
};
template <>
struct std::hash<beamish::atom> {
  std::size_t operator()(const beamish::atom& a) const noexcept {
    return beamish::hash_of_text(a.name());
  }
};
template <>
struct std::hash<beamish::pid> {
  std::size_t operator()(const beamish::pid& p) const noexcept { return beamish::hash_value(p); }
};
