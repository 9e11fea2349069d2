// SPDX-License-Identifier: Apache-2.0
#include "beamish/term/hash.hpp"

#include "beamish/term/inspect.hpp"
#include "beamish/term/term_access.hpp"

namespace beamish::inline v0 {

namespace {

constexpr std::uint64_t with(std::uint64_t seed, std::uint64_t value) noexcept {
  return mixed(seed + 0x9e3779b97f4a7c15u + value);
}

constexpr int deepest = 16;

std::uint64_t hash_at(const term& t, int level);

// In whatever order: equal maps need not keep their entries in the same one.
std::uint64_t sum_of_entries(const term& t, int level) {
  std::uint64_t sum = 0;
  for (const term_entry& e : t.entries())
    sum += with(hash_at(e.key, level), hash_at(e.value, level));
  return sum;
}

std::uint64_t hash_of_row(const term& t, std::uint64_t seed, int level) {
  for (const term& element : t.elements()) seed = with(seed, hash_at(element, level));
  const term* tail = t.improper_tail();
  return tail == nullptr ? seed : with(~seed, hash_at(*tail, level));
}

std::uint64_t hash_at(const term& t, int level) {
  const auto kind = static_cast<std::uint64_t>(t.kind());
  switch (t.kind()) {
    case term_kind::integer:
      return with(kind, static_cast<std::uint64_t>(*t.as_integer()));
    case term_kind::floating:
      // 0.0 and -0.0 are equal.
      return with(kind, std::bit_cast<std::uint64_t>(*t.as_float() + 0.0));
    case term_kind::atom:
      return with(kind, hash_of_text(*t.atom_name()));
    case term_kind::binary:
      return with(kind, hash_of_text(*t.as_binary()));
    case term_kind::pid:
      return with(kind, hash_value(*t.as_pid()));
    case term_kind::tuple:
    case term_kind::list:
      return level == deepest ? with(kind, t.size())
                              : hash_of_row(t, with(kind, t.size()), level + 1);
    case term_kind::map:
    case term_kind::structure: {
      const std::uint64_t seed = with(static_cast<std::uint64_t>(term_kind::map), t.size());
      return level == deepest ? seed : with(seed, sum_of_entries(t, level + 1));
    }
    default:
      return with(kind, hash_of_text(inspect(t)));
  }
}

}  // namespace

std::size_t hash_of_text(std::string_view bytes) noexcept {
  std::uint64_t h = 14695981039346656037u;
  for (const char c : bytes) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return mixed(h);
}

std::size_t hash_value(const term& t) { return hash_at(t, 0); }

}  // namespace beamish::inline v0
