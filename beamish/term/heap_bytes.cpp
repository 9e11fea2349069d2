// SPDX-License-Identifier: Apache-2.0
#include "beamish/term/heap_bytes.hpp"

#include "beamish/term/term_access.hpp"

namespace beamish::inline v0 {

namespace {

std::size_t bytes_of_block(const term& t) noexcept {
  const detail::cell& c = detail::term_access::cell_of(t);
  if (!c.is_heap()) return 0;
  const detail::block& b = *c.heap();
  return sizeof b + static_cast<std::size_t>(b.size) * (b.holds_terms ? sizeof(term) : 1);
}

// `depth` bounds the stack: what is nested deeper is not looked at.
std::size_t bytes_down_to(const term& t, int depth) noexcept {
  std::size_t sum = bytes_of_block(t);
  if (depth == 0) return sum;
  for (const term& part : detail::term_access::terms_of(t)) sum += bytes_down_to(part, depth - 1);
  return sum;
}

constexpr int depth_max = 64;

}  // namespace

std::size_t heap_bytes(const term& value) noexcept { return bytes_down_to(value, depth_max); }

}  // namespace beamish::inline v0
