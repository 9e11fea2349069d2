// SPDX-License-Identifier: Apache-2.0
//
// The names of enumerators.
//
//     enum class strategy { one_for_one, one_for_all };
//     enumerator_name(strategy::one_for_all)              //=> "one_for_all"
//     *enumerator_value<strategy>("one_for_one") == strategy::one_for_one   //=> true
//
// Knows enumerators from 0 to 63 of scoped enums and of enums with a fixed underlying type.
// Views are of static storage.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "beamish/term/fields.hpp"

namespace beamish::inline v0 {

namespace detail {

inline constexpr std::size_t enumerators_max = 64;

// An enumerator prints as its name, any other value as a cast: (strategy)7. A name may begin with a
// parenthesis, too: that of an unnamed namespace. Behind its last colon there is none.
template <class E, std::size_t I>
constexpr std::string_view enumerator_at() {
  constexpr auto text = template_argument(pretty_value<static_cast<E>(I)>(), "V = ");
  constexpr auto name = text.substr(text.rfind(':') + 1);
  constexpr bool is_cast = name.find(')') != name.npos;
  constexpr bool is_name = !is_cast && !(name[0] >= '0' && name[0] <= '9');
  return is_name ? name : std::string_view();
}

template <class E>
constexpr bool is_named_enum() {
  if constexpr (std::is_enum_v<E>)
    return requires { E{0}; };
  else
    return false;
}

template <class E, std::size_t... I>
constexpr std::array<std::string_view, sizeof...(I)> enumerators(std::index_sequence<I...>) {
  return {enumerator_at<E, I>()...};
}

template <class E>
inline constexpr auto enumerator_names =
    enumerators<E>(std::make_index_sequence<enumerators_max>{});

}  // namespace detail

// Empty if the value has no name.
template <class E>
constexpr std::string_view enumerator_name(E value) noexcept {
  if constexpr (detail::is_named_enum<E>()) {
    auto index = static_cast<std::underlying_type_t<E>>(value);
    if (std::cmp_less(index, 0) || std::cmp_greater_equal(index, detail::enumerators_max))
      return {};
    return detail::enumerator_names<E>[static_cast<std::size_t>(index)];
  } else {
    return {};
  }
}

template <class E>
constexpr std::optional<E> enumerator_value(std::string_view name) noexcept {
  if constexpr (detail::is_named_enum<E>()) {
    for (std::size_t i = 0; i < detail::enumerators_max; ++i) {
      if (!name.empty() && detail::enumerator_names<E>[i] == name) return static_cast<E>(i);
    }
  }
  return std::nullopt;
}

}  // namespace beamish::inline v0
