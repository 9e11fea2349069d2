// SPDX-License-Identifier: Apache-2.0
//
// From values to terms: the part of conversion.hpp that writes.
//
//     detail::encode(std::vector<int>{1, 2})    // [1, 2]
//
// What has no term shape becomes an opaque term here; to_term() refuses such types beforehand.
// tested in: conversion_test.cpp
#pragma once

#include <string>
#include <vector>

#include "beamish/term/enum_names.hpp"
#include "beamish/term/shapes.hpp"

namespace beamish::inline v0::detail {

template <class T>
term encode(const T& value);

term opaque_of(std::string_view type);
term module_atom(std::string_view name);

// count × period in milliseconds, as std::chrono::duration_cast has it: towards zero.
template <class Rep>
constexpr std::int64_t to_milliseconds(Rep count, std::intmax_t num, std::intmax_t den) {
  std::intmax_t up = num;
  std::intmax_t down = den;
  for (std::intmax_t thousand = 1000; thousand != 1; thousand /= 10) {
    if (down % 10 == 0)
      down /= 10;
    else
      up *= 10;
  }
  if constexpr (std::is_floating_point_v<Rep>) {
    return static_cast<std::int64_t>(count * static_cast<Rep>(up) / static_cast<Rep>(down));
  } else {
    return static_cast<std::int64_t>(count) / down * up +
           static_cast<std::int64_t>(count) % down * up / down;
  }
}

template <class E>
term encode_enum(E value) {
  auto name = enumerator_name(value);
  return name.empty() ? term(static_cast<std::underlying_type_t<E>>(value)) : term(atom(name));
}

template <class T>
term encode_sequence(const T& range) {
  if constexpr (requires { range.size(); }) {
    row r(term_kind::list, range.size());
    for (const typename T::value_type& item : range) r.push(encode(item));
    return r.finish();
  } else {
    std::vector<term> items;
    for (const typename T::value_type& item : range) items.push_back(encode(item));
    return list_from(items);
  }
}

template <class T>
term encode_map(const T& range) {
  std::vector<term_entry> entries;
  for (const auto& [key, value] : range) entries.push_back({encode(key), encode(value)});
  return map_from(entries);
}

template <class T, std::size_t... I>
term encode_tuple(const T& value, std::index_sequence<I...>) {
  using std::get;
  // Braces, unlike arguments, are evaluated from left to right.
  const term elements[sizeof...(I) + 1] = {encode(get<I>(value))..., term()};
  return tuple_from(std::span(elements, sizeof...(I)));
}

template <class T>
term encode_struct(const T& value) {
  return visit_fields(value, [](const auto&... fields) {
    constexpr const auto& names = field_names<T>;
    const keyword_entry no_field{};
    std::size_t i = 0;
    [[maybe_unused]] auto entry = [&](const auto& f) {
      return keyword_entry{atom(names[i++]), encode(f)};
    };
    const keyword_entry entries[sizeof...(fields) + 1] = {entry(fields)..., no_field};
    auto module = module_atom(module_name<T>());
    return structure_from(*module.as_atom(), std::span(entries, sizeof...(fields)));
  });
}

// {:name, field, field…}, or :name without fields.
template <class T>
term encode_message(const T& value) {
  return visit_fields(value, [](const auto&... fields) {
    if constexpr (sizeof...(fields) == 0) {
      return term(atom(message_name<T>()));
    } else {
      const term elements[] = {term(atom(message_name<T>())), encode(fields)...};
      return tuple_from(elements);
    }
  });
}

// A plain struct is tagged with its name; any other alternative is its value.
template <class T, class... A>
term encode_variant(const T& value, types<A...>) {
  term out;
  auto one = [&]<std::size_t I, class Alternative>() {
    if (value.index() != I) return;
    const Alternative& held = *get_if<I>(&value);
    if constexpr (shape_of<Alternative>() == shape::structure)
      out = encode_message(held);
    else
      out = encode(held);
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (one.template operator()<I, A>(), ...);
  }(std::index_sequence_for<A...>{});
  return out;
}

template <class T>
term encode(const T& value) {
  constexpr shape s = shape_of<T>();
  if constexpr (s == shape::custom)
    return hook::encode(value);
  else if constexpr (s == shape::term || s == shape::boolean || s == shape::integer ||
                     s == shape::floating || s == shape::text) {
    return term(value);
  } else if constexpr (s == shape::enumeration)
    return encode_enum(value);
  else if constexpr (s == shape::nothing)
    return term();
  else if constexpr (s == shape::optional)
    return value.has_value() ? encode(*value) : term();
  else if constexpr (s == shape::duration) {
    return term(to_milliseconds(value.count(), T::period::num, T::period::den));
  } else if constexpr (s == shape::map)
    return encode_map(value);
  else if constexpr (s == shape::sequence)
    return encode_sequence(value);
  else if constexpr (s == shape::variant)
    return encode_variant(value, parts_of<T>());
  else if constexpr (s == shape::tuple) {
    return encode_tuple(value, std::make_index_sequence<std::tuple_size<T>::value>{});
  } else if constexpr (s == shape::structure)
    return encode_struct(value);
  else
    return opaque_of(module_name<T>());
}

}  // namespace beamish::inline v0::detail
