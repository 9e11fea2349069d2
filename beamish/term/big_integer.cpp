// SPDX-License-Identifier: Apache-2.0
#include "beamish/term/big_integer.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "beamish/term/term_access.hpp"

namespace beamish::inline v0 {

using detail::block;
using detail::cell;
using detail::term_access;

namespace {

using digits = std::span<const std::uint32_t>;

constexpr std::uint64_t int64_min_magnitude = std::uint64_t{1} << 63;
constexpr std::uint32_t decimal_chunk = 1'000'000'000;

std::strong_ordering compare_magnitudes(digits a, digits b) noexcept {
  if (a.size() != b.size()) return a.size() <=> b.size();
  for (std::size_t i = a.size(); i-- > 0;) {
    if (a[i] != b[i]) return a[i] <=> b[i];
  }
  return std::strong_ordering::equal;
}

// REQUIRES: both are integers.
std::strong_ordering compare_integers(const term& a, const term& b) noexcept {
  auto big_a = as_big_integer(a);
  auto big_b = as_big_integer(b);
  if (!big_a && !big_b) return *a.as_integer() <=> *b.as_integer();
  // A big integer lies beyond every small one.
  if (!big_a) return big_b->negative ? std::strong_ordering::greater : std::strong_ordering::less;
  if (!big_b) return big_a->negative ? std::strong_ordering::less : std::strong_ordering::greater;
  if (big_a->negative != big_b->negative) return big_b->negative <=> big_a->negative;
  auto order = compare_magnitudes(big_a->magnitude, big_b->magnitude);
  return big_a->negative ? 0 <=> order : order;
}

// REQUIRES: |value| >= 2^63, so that it is a whole number. Digits of the largest double: 32.
std::size_t magnitude_of(double value, std::uint32_t (&out)[33]) noexcept {
  int exponent = 0;
  double fraction = std::frexp(std::fabs(value), &exponent);
  auto mantissa = static_cast<std::uint64_t>(std::ldexp(fraction, 53));
  auto shift = static_cast<std::size_t>(exponent - 53);
  std::fill(std::begin(out), std::end(out), 0u);
  for (std::size_t bit = 0; bit < 53; ++bit) {
    std::size_t at = shift + bit;
    if ((mantissa >> bit & 1) != 0) out[at / 32] |= std::uint32_t{1} << (at % 32);
  }
  std::size_t size = std::size(out);
  while (out[size - 1] == 0) --size;
  return size;
}

std::weak_ordering compare_integer_with_float(const term& i, double f) noexcept {
  constexpr double two_to_63 = 9223372036854775808.0;
  auto big = as_big_integer(i);
  if (std::fabs(f) < two_to_63 || (f == -two_to_63 && !big)) {
    if (big) return big->negative ? std::weak_ordering::less : std::weak_ordering::greater;
    auto whole = static_cast<std::int64_t>(f);
    auto integer = *i.as_integer();
    if (integer != whole) return integer <=> whole;
    double rest = f - static_cast<double>(whole);
    return rest == 0  ? std::weak_ordering::equivalent
           : rest > 0 ? std::weak_ordering::less
                      : std::weak_ordering::greater;
  }
  bool negative = f < 0;
  if (!big) return negative ? std::weak_ordering::greater : std::weak_ordering::less;
  if (big->negative != negative) {
    return negative ? std::weak_ordering::greater : std::weak_ordering::less;
  }
  std::uint32_t buffer[33];
  std::size_t size = magnitude_of(f, buffer);
  auto order = compare_magnitudes(big->magnitude, digits(buffer, size));
  return negative ? 0 <=> order : order;
}

}  // namespace

term big_integer(std::span<const std::uint32_t> magnitude, bool negative) {
  while (!magnitude.empty() && magnitude.back() == 0)
    magnitude = magnitude.first(magnitude.size() - 1);
  if (magnitude.size() <= 2) {
    std::uint64_t low = magnitude.empty() ? 0 : magnitude[0];
    if (magnitude.size() == 2) low |= static_cast<std::uint64_t>(magnitude[1]) << 32;
    if (low < int64_min_magnitude || (negative && low == int64_min_magnitude)) {
      return term(static_cast<std::int64_t>(negative ? 0 - low : low));
    }
  }
  block* b = detail::allocate_block(magnitude.size_bytes(), false);
  std::memcpy(b + 1, magnitude.data(), magnitude.size_bytes());
  b->negative = negative;
  return term_access::make(cell(term_kind::big_integer, b));
}

std::optional<term> big_integer(std::string_view decimal) {
  bool negative = decimal.starts_with('-');
  if (negative) decimal.remove_prefix(1);
  if (decimal.empty()) return std::nullopt;
  std::vector<std::uint32_t> magnitude;
  for (char c : decimal) {
    if (c < '0' || c > '9') return std::nullopt;
    std::uint64_t carry = static_cast<std::uint64_t>(c - '0');
    for (std::uint32_t& digit : magnitude) {
      carry += static_cast<std::uint64_t>(digit) * 10;
      digit = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) magnitude.push_back(static_cast<std::uint32_t>(carry));
  }
  return big_integer(magnitude, negative);
}

std::string to_decimal(const term& t) {
  auto big = as_big_integer(t);
  if (!big) return std::to_string(*t.as_integer());
  std::vector<std::uint32_t> rest(big->magnitude.begin(), big->magnitude.end());
  std::string reversed;
  while (!rest.empty()) {
    std::uint64_t remainder = 0;
    for (std::size_t i = rest.size(); i-- > 0;) {
      std::uint64_t value = remainder << 32 | rest[i];
      rest[i] = static_cast<std::uint32_t>(value / decimal_chunk);
      remainder = value % decimal_chunk;
    }
    while (!rest.empty() && rest.back() == 0) rest.pop_back();
    for (int i = 0; i < 9 && (remainder != 0 || !rest.empty()); ++i, remainder /= 10) {
      reversed += static_cast<char>('0' + remainder % 10);
    }
  }
  if (big->negative) reversed += '-';
  return {reversed.rbegin(), reversed.rend()};
}

std::optional<integer_view> as_big_integer(const term& t) noexcept {
  if (t.kind() != term_kind::big_integer) return std::nullopt;
  const cell& c = term_access::cell_of(t);
  return integer_view{c.heap()->negative == 1,
                      {reinterpret_cast<const std::uint32_t*>(c.heap_data()),
                       static_cast<std::size_t>(c.heap()->size) / sizeof(std::uint32_t)}};
}

namespace detail {

std::weak_ordering compare_numbers(const term& a, const term& b) noexcept {
  if (a.is_integer() && b.is_integer()) return compare_integers(a, b);
  if (a.is_integer()) return compare_integer_with_float(a, *b.as_float());
  if (b.is_integer()) return 0 <=> compare_integer_with_float(b, *a.as_float());
  double x = *a.as_float();
  double y = *b.as_float();
  return x < y   ? std::weak_ordering::less
         : x > y ? std::weak_ordering::greater
                 : std::weak_ordering::equivalent;
}

}  // namespace detail
}  // namespace beamish::inline v0
