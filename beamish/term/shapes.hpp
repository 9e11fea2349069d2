// SPDX-License-Identifier: Apache-2.0
//
// Recognises types by their shape, so that containers convert without their headers being included.
//
//     detail::shape_of<std::vector<int>>()      // shape::sequence
//     detail::shape_of<std::function<int()>>()  // shape::none
//
// All at compile time.
// tested in: conversion_test.cpp
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "beamish/term/fields.hpp"
#include "beamish/term/term.hpp"

namespace beamish::inline v0::detail {

enum class shape : std::uint8_t {
  custom,  // has to_term(const T&) of its own
  term,    // is a term, or becomes one by a constructor: pid, reference, atom, …
  boolean,
  integer,
  floating,
  text,
  enumeration,
  nothing,  // std::monostate
  optional,
  duration,
  map,
  sequence,  // vector, deque, list, set, span, std::array
  variant,
  tuple,      // std::pair, std::tuple
  structure,  // a plain struct
  none,       // has no term shape
};

// A type's own hook, found by argument-dependent lookup.
namespace hook {
void to_term() = delete;
void from_term() = delete;

template <class T>
concept encodes = requires(const T& value) {
  { to_term(value) } -> std::same_as<term>;
};
template <class T>
concept decodes = requires(const term& from, T& to) {
  { from_term(from, to) } -> std::same_as<bool>;
};
template <class T>
term encode(const T& value) {
  return to_term(value);
}
template <class T>
bool decode(const term& from, T& to) {
  return from_term(from, to);
}
}  // namespace hook

template <class T>
concept term_like = std::is_same_v<T, term> || std::is_same_v<T, atom> || std::is_same_v<T, pid> ||
                    std::is_same_v<T, reference> || std::is_same_v<T, port_id>;

template <class T>
concept range_like = requires(const T& r) {
  typename T::value_type;
  r.begin() != r.end();
  *r.begin();
};

template <class T>
concept map_like = range_like<T> && requires {
  typename T::key_type;
  typename T::mapped_type;
};

template <class T>
concept optional_like = requires(T& o, const T& c) {
  typename T::value_type;
  { c.has_value() } -> std::same_as<bool>;
  *c;
  o.reset();
};

template <class T>
concept duration_like = requires(const T& d) {
  typename T::rep;
  T::period::num;
  T::period::den;
  d.count();
};

template <class T>
concept variant_like = requires(const T& v) {
  { v.valueless_by_exception() } -> std::same_as<bool>;
  { v.index() } -> std::same_as<std::size_t>;
};

template <class T>
concept tuple_like = requires { std::tuple_size<T>::value; };

template <class T>
concept fixed_sequence = range_like<T> && tuple_like<T>;

template <class... T>
struct types {};

template <class T>
struct alternatives_of;
template <template <class...> class V, class... A>
struct alternatives_of<V<A...>> {
  using type = types<A...>;
};

template <class T>
constexpr bool is_monostate = short_type_name<T>() == "monostate" && std::is_empty_v<T>;

template <class T>
constexpr bool is_derived_aggregate() {
  if constexpr (!std::is_class_v<T> || !std::is_aggregate_v<T> || hook::encodes<T>)
    return false;
  else
    return has_opaque_base<T>() && !range_like<T> && !tuple_like<T>;
}

template <class T>
constexpr shape shape_of() {
  if constexpr (hook::encodes<T>)
    return shape::custom;
  else if constexpr (term_like<T>)
    return shape::term;
  else if constexpr (std::is_same_v<T, bool>)
    return shape::boolean;
  else if constexpr (std::is_integral_v<T>)
    return shape::integer;
  else if constexpr (std::is_floating_point_v<T>)
    return shape::floating;
  else if constexpr (is_text<T>)
    return shape::text;
  else if constexpr (std::is_enum_v<T>)
    return shape::enumeration;
  else if constexpr (!std::is_class_v<T>)
    return shape::none;
  else if constexpr (optional_like<T>)
    return shape::optional;
  else if constexpr (duration_like<T>)
    return shape::duration;
  else if constexpr (map_like<T>)
    return shape::map;
  else if constexpr (range_like<T>)
    return shape::sequence;
  else if constexpr (variant_like<T>)
    return shape::variant;
  else if constexpr (tuple_like<T>)
    return shape::tuple;
  else if constexpr (is_monostate<T>)
    return shape::nothing;
  else if constexpr (plain_struct<T>)
    return shape::structure;
  else
    return shape::none;
}

struct types_of_arguments {
  template <class... F>
  constexpr types<std::remove_const_t<F>...> operator()(F&...) const {
    return {};
  }
};
template <class T>
using field_types_of = decltype(visit_fields(std::declval<T&>(), types_of_arguments{}));

template <class T, std::size_t... I>
auto element_types_of(std::index_sequence<I...>) {
  return types<std::remove_const_t<std::tuple_element_t<I, T>>...>{};
}

// The types that a value of T holds.
template <class T>
constexpr auto parts_of() {
  constexpr shape s = shape_of<T>();
  if constexpr (s == shape::optional || s == shape::sequence)
    return types<typename T::value_type>{};
  else if constexpr (s == shape::map)
    return types<typename T::key_type, typename T::mapped_type>{};
  else if constexpr (s == shape::variant)
    return typename alternatives_of<T>::type{};
  else if constexpr (s == shape::structure)
    return field_types_of<T>{};
  else if constexpr (s == shape::tuple) {
    return decltype(element_types_of<T>(std::make_index_sequence<std::tuple_size<T>::value>{})){};
  } else {
    return types<>{};
  }
}

// Whether T and all that it holds have a term shape. A type inside itself (Seen) adds no question.
template <class T, class... Seen>
constexpr bool encodable() {
  if constexpr ((std::is_same_v<T, Seen> || ...))
    return true;
  else if constexpr (shape_of<T>() == shape::none)
    return false;
  else {
    return
        []<class... P>(types<P...>) { return (encodable<P, T, Seen...>() && ...); }(parts_of<T>());
  }
}

// Whether a T can be made from a term: it owns what it shows, and can exist before it is filled in.
template <class T, class... Seen>
constexpr bool decodable() {
  constexpr shape s = shape_of<T>();
  if constexpr ((std::is_same_v<T, Seen> || ...))
    return true;
  else if constexpr (hook::decodes<T>)
    return std::default_initializable<T>;
  else if constexpr (s == shape::none || s == shape::custom)
    return false;
  else if constexpr (!std::default_initializable<T> || !std::movable<T>)
    return false;
  else if constexpr (s == shape::text && !requires(T& t, std::string_view v) { t.assign(v); })
    return false;
  else if constexpr (s == shape::sequence && !fixed_sequence<T> && !requires(T& t) { t.clear(); })
    return false;
  else {
    return
        []<class... P>(types<P...>) { return (decodable<P, T, Seen...>() && ...); }(parts_of<T>());
  }
}

}  // namespace beamish::inline v0::detail
