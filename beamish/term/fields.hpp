// SPDX-License-Identifier: Apache-2.0
//
// The fields of a plain struct: how many, what they are called, and a visit to all.
//
//     struct task { std::string command; int limit = 2; };
//     field_count<task>                                        //=> 2
//     field_names<task>[1]                                     //=> "limit"
//     visit_fields(task{"ls", 4}, [](auto&... f) { return sizeof...(f); })    //=> 2
//
// Works for aggregates without base classes, of up to 24 fields, none of them a reference, a bit
// field or a C array (std::array is fine). Anything else is refused by one static_assert. Nothing
// is registered; a struct of a function's scope will do.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include "beamish/term/type_name.hpp"

namespace beamish::inline v0 {

namespace detail {

inline constexpr std::size_t fields_max = 24;

// clang warns of what is declared only, if a field's type is local to one file.
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif

// Converts to the type of any field; never evaluated.
struct any_field {
  template <class U>
  operator U() const noexcept;
};

// Converts to what is no class.
struct any_scalar {
  template <class U>
    requires(!std::is_class_v<U>)
  operator U() const noexcept;
};

// Converts to base classes of T only.
template <class T>
struct any_base_of {
  template <class U>
    requires(std::is_base_of_v<U, T> && !std::is_same_v<U, T>)
  operator U() const noexcept;
};

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

// Converts to nothing.
struct nothing {};

template <std::size_t>
using any_field_at = any_field;

template <class T, std::size_t... I>
constexpr bool takes_fields(std::index_sequence<I...>) {
  return requires { T{any_field_at<I>{}...}; };
}

template <class T, std::size_t N = fields_max + 1>
constexpr std::size_t count_fields() {
  if constexpr (N == 0)
    return 0;
  else if constexpr (takes_fields<T>(std::make_index_sequence<N>{}))
    return N;
  else
    return count_fields<T, N - 1>();
}

template <class T>
constexpr bool has_base() {
  // A field that takes anything, as std::any does, would take a base's stand-in as well.
  return requires { T{any_base_of<T>{}}; } && !requires { T{nothing{}}; };
}

template <class T, std::size_t... Before, std::size_t... After>
constexpr bool array_stands_at(std::index_sequence<Before...>, std::index_sequence<After...>) {
  // Braces around two scalars fit an array, whose elements count_fields has taken for fields: then
  // too many values are left. They may fit another field, too, but that is one field. (Not tried
  // with any_field: a vector would then copy an initializer_list of what may not be copied.)
  if constexpr (requires { T{any_field_at<Before>{}..., {any_scalar{}, any_scalar{}}}; }) {
    return !requires {
      T{any_field_at<Before>{}..., {any_scalar{}, any_scalar{}}, any_field_at<After>{}...};
    };
  } else {
    return false;
  }
}

// Whether a field is a C array of two scalars or more. One of classes is not seen here: it ends in
// an error where the fields are named.
template <class T>
constexpr bool has_array() {
  constexpr std::size_t n = count_fields<T>();
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return (
        array_stands_at<T>(std::make_index_sequence<I>{}, std::make_index_sequence<n - I - 1>{}) ||
        ...);
  }(std::make_index_sequence<n>{});
}

template <class T>
constexpr bool is_plain_struct() {
  if constexpr (!std::is_class_v<T> || !std::is_aggregate_v<T>)
    return false;
  else if constexpr (has_base<T>() || count_fields<T>() > fields_max)
    return false;
  else
    return !has_array<T>();
}

}  // namespace detail

// An aggregate whose fields can be visited.
template <class T>
concept plain_struct = detail::is_plain_struct<std::remove_const_t<T>>();

template <class T>
inline constexpr std::size_t field_count = [] {
  constexpr bool is_aggregate = std::is_aggregate_v<T>;
  static_assert(is_aggregate, "a type with constructors has no visible fields");
  constexpr bool derives = detail::has_base<T>();
  static_assert(!derives,
                "a struct with a base class has no visible fields: make the base a field");
  if constexpr (is_aggregate && !derives) {
    constexpr std::size_t count = detail::count_fields<T>();
    static_assert(count <= detail::fields_max, "a struct of more than 24 fields is not supported");
    if constexpr (count <= detail::fields_max) {
      constexpr bool has_array = detail::has_array<T>();
      static_assert(!has_array, "a struct with a C array has no visible fields: use std::array");
    }
    return count;
  } else {
    return std::size_t{0};
  }
}();

namespace detail {

// The longer half of visit_fields.
template <std::size_t n, class T, class F>
constexpr decltype(auto) visit_many_fields(T&& object, F&& visit) {
  if constexpr (n == 17) {
    auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17] = object;
    return visit(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17);
  } else if constexpr (n == 18) {
    auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18] =
        object;
    return visit(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18);
  } else if constexpr (n == 19) {
    auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19] =
        object;
    return visit(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18,
                 f19);
  } else if constexpr (n == 20) {
    auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19,
           f20] = object;
    return visit(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18,
                 f19, f20);
  } else if constexpr (n == 21) {
    auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19,
           f20, f21] = object;
    return visit(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18,
                 f19, f20, f21);
  } else if constexpr (n == 22) {
    auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19,
           f20, f21, f22] = object;
    return visit(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18,
                 f19, f20, f21, f22);
  } else if constexpr (n == 23) {
    auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19,
           f20, f21, f22, f23] = object;
    return visit(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18,
                 f19, f20, f21, f22, f23);
  } else if constexpr (n == 24) {
    auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19,
           f20, f21, f22, f23, f24] = object;
    return visit(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18,
                 f19, f20, f21, f22, f23, f24);
  }
}

}  // namespace detail

// Calls `visit` with a reference to each field, in order of declaration, and returns what it
// returns.
template <class T, class F>
constexpr decltype(auto) visit_fields(T&& object, F&& visit) {
  constexpr std::size_t n = field_count<std::remove_cvref_t<T>>;
  if constexpr (n == 0) {
    return visit();
  } else if constexpr (n == 1) {
    auto& [f1] = object;
    return visit(f1);
  } else if constexpr (n == 2) {
    auto& [f1, f2] = object;
    return visit(f1, f2);
  } else if constexpr (n == 3) {
    auto& [f1, f2, f3] = object;
    return visit(f1, f2, f3);
  } else if constexpr (n == 4) {
    auto& [f1, f2, f3, f4] = object;
    return visit(f1, f2, f3, f4);
  } else if constexpr (n == 5) {
    auto& [f1, f2, f3, f4, f5] = object;
    return visit(f1, f2, f3, f4, f5);
  } else if constexpr (n == 6) {
    auto& [f1, f2, f3, f4, f5, f6] = object;
    return visit(f1, f2, f3, f4, f5, f6);
  } else if constexpr (n == 7) {
    auto& [f1, f2, f3, f4, f5, f6, f7] = object;
    return visit(f1, f2, f3, f4, f5, f6, f7);
  } else if constexpr (n == 8) {
    auto& [f1, f2, f3, f4, f5, f6, f7, f8] = object;
    return visit(f1, f2, f3, f4, f5, f6, f7, f8);
  } else if constexpr (n == 9) {
    auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9] = object;
    return visit(f1, f2, f3, f4, f5, f6, f7, f8, f9);
  } else if constexpr (n == 10) {
    auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10] = object;
    return visit(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10);
  } else if constexpr (n == 11) {
    auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11] = object;
    return visit(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11);
  } else if constexpr (n == 12) {
    auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12] = object;
    return visit(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12);
  } else if constexpr (n == 13) {
    auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13] = object;
    return visit(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13);
  } else if constexpr (n == 14) {
    auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14] = object;
    return visit(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14);
  } else if constexpr (n == 15) {
    auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15] = object;
    return visit(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15);
  } else if constexpr (n == 16) {
    auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16] = object;
    return visit(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16);
  } else {
    return detail::visit_many_fields<n>(object, visit);
  }
}

namespace detail {

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif

// Never defined: only the addresses of its fields are taken, to learn their names.
template <class T>
struct field_names_probe {
  T value;
  static const field_names_probe object;
};

template <class P>
struct field_address {
  const P* pointer;
};
template <class P>
field_address(const P*) -> field_address<P>;

template <std::size_t I, class First, class... Rest>
constexpr auto pick_address(const First& first, const Rest&... rest) {
  if constexpr (I == 0)
    return field_address{&first};
  else
    return pick_address<I - 1>(rest...);
}

template <class T, std::size_t I>
constexpr auto address_of_field() {
  return visit_fields(field_names_probe<T>::object.value,
                      [](const auto&... fields) { return pick_address<I>(fields...); });
}
#if defined(__clang__)
#pragma clang diagnostic pop
#endif

// g++:   …(& probe<T>::object.probe<T>::value.T::name)}
// clang: …{&object.value.name}
constexpr std::string_view trailing_name(std::string_view text) {
  while (text.ends_with('}') || text.ends_with(')')) text.remove_suffix(1);
  std::size_t begin = text.find_last_of(".:") + 1;
  return text.substr(begin);
}

template <class T, std::size_t I>
constexpr std::string_view field_name() {
  return trailing_name(template_argument(pretty_value<address_of_field<T, I>()>(), "V = "));
}

template <class T, std::size_t... I>
constexpr std::array<std::string_view, sizeof...(I)> all_field_names(std::index_sequence<I...>) {
  return {field_name<T, I>()...};
}

}  // namespace detail

template <class T>
inline constexpr std::array<std::string_view, field_count<T>> field_names =
    detail::all_field_names<T>(std::make_index_sequence<field_count<T>>{});

}  // namespace beamish::inline v0
