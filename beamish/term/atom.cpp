// SPDX-License-Identifier: Apache-2.0
#include "beamish/term/atom.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace beamish::inline v0 {

detail::cell atom::long_name(std::string_view name) {
  // Every byte but those that continue a character begins one.
  auto characters = std::count_if(name.begin(), name.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  });
  if (static_cast<std::size_t>(characters) > characters_max) {
    throw std::length_error("an atom has at most 255 characters");
  }
  return detail::cell::long_text(term_kind::atom, name);
}

atom elixir_module(std::string_view name) {
  constexpr std::string_view prefix = "Elixir.";
  char full[48];
  if (name.size() > sizeof full - prefix.size()) return atom(std::string(prefix).append(name));
  std::copy(name.begin(), name.end(), std::copy(prefix.begin(), prefix.end(), full));
  return atom(std::string_view(full, prefix.size() + name.size()));
}

}  // namespace beamish::inline v0
