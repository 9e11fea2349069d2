// SPDX-License-Identifier: Apache-2.0
//
// Integers beyond 64 bits: carried, compared and printed, not computed with.
//
//     term t = *big_integer("-123456789012345678901234567890");
//     to_decimal(t)                              //=> "-123456789012345678901234567890"
//     *big_integer("42") == term(42)             //=> true
//
// A value that fits into 64 bits is always an ordinary integer. Threads: values are immutable.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "beamish/term/term.hpp"

namespace beamish::inline v0 {

// Base 2^32, least significant digit first; leading zeros are allowed.
term big_integer(std::span<const std::uint32_t> magnitude, bool negative);
// An optional '-' and at least one decimal digit; nothing for any other text.
std::optional<term> big_integer(std::string_view decimal);

// REQUIRES: t.is_integer().
std::string to_decimal(const term& t);

struct integer_view {
  bool negative;
  std::span<const std::uint32_t> magnitude;  // Without leading zeros; lives as long as the term.
};
// Nothing unless the term is an integer beyond 64 bits.
std::optional<integer_view> as_big_integer(const term& t) noexcept;

namespace detail {
// By value; an integer and a float of the same value are equivalent. REQUIRES: both are numbers.
std::weak_ordering compare_numbers(const term& a, const term& b) noexcept;
}  // namespace detail

}  // namespace beamish::inline v0
