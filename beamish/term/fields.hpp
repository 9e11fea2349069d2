// SPDX-License-Identifier: Apache-2.0
//
// The fields of a plain struct: how many, what they are called, and a visit to all.
//
//     struct task { std::string command; int limit = 2; };
//     field_count<task>                                        //=> 2
//     field_names<task>[1]                                     //=> "limit"
//     visit_fields(task{"ls", 4}, [](auto&... f) { return sizeof...(f); })    //=> 2
//
// Works for aggregates of up to 24 fields, none of them a reference, a bit field or a C array
// (std::array is fine), without base classes, or with one that is empty, as gen_server is. Anything
// else is refused by one static_assert. Nothing is registered; a struct of a function's scope will
// do.
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

// Converts to base classes of T only.
template <class T>
struct any_base_of {
  template <class U>
    requires(std::is_base_of_v<U, T> && !std::is_same_v<U, T>)
  operator U() const noexcept;
};

template <class T>
struct any_empty_base_of {
  template <class U>
    requires(std::is_base_of_v<U, T> && !std::is_same_v<U, T> && std::is_empty_v<U>)
  operator U() const noexcept;
};

template <class T>
struct any_full_base_of {
  template <class U>
    requires(std::is_base_of_v<U, T> && !std::is_same_v<U, T> && !std::is_empty_v<U>)
  operator U() const noexcept;
};

// Converts to unions only.
struct any_union {
  template <class U>
    requires(std::is_union_v<U>)
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
constexpr bool takes_elements(std::index_sequence<I...>) {
  return requires { T{any_field_at<I>{}...}; };
}

// What stands between the braces of an aggregate: its base classes and its fields.
template <class T, std::size_t N = fields_max + 2>
constexpr std::size_t count_elements() {
  if constexpr (N == 0)
    return 0;
  else if constexpr (takes_elements<T>(std::make_index_sequence<N>{}))
    return N;
  else
    return count_elements<T, N - 1>();
}

// Whether T takes a First after `Before` elements and before `After` more.
template <class T, class First, std::size_t... Before, std::size_t... After>
constexpr bool takes_at(std::index_sequence<Before...>, std::index_sequence<After...>) {
  return requires { T{any_field_at<Before>{}..., First{}, any_field_at<After>{}...}; };
}

template <class T, class First, std::size_t I>
constexpr bool element_takes() {
  constexpr std::size_t n = count_elements<T>();
  if constexpr (I < n)
    return takes_at<T, First>(std::make_index_sequence<I>{}, std::make_index_sequence<n - I - 1>{});
  else
    return false;
}

// A field that takes anything, as std::any does, would take a stand-in as well.
template <class T, class First, std::size_t I>
constexpr bool element_is() {
  return element_takes<T, First, I>() && !element_takes<T, nothing, I>();
}

template <class T>
constexpr bool has_base() {
  return element_is<T, any_base_of<T>, 0>();
}

// One base class, and it is empty: the fields are those of T alone. (What is given for the empty
// base of a base would do for that base, which is not empty.)
template <class T>
constexpr bool has_empty_base() {
  return element_is<T, any_empty_base_of<T>, 0>() && !element_takes<T, any_full_base_of<T>, 0>() &&
         !element_is<T, any_base_of<T>, 1>();
}

template <class T>
constexpr bool has_opaque_base() {
  return has_base<T>() && !has_empty_base<T>();
}

template <class T>
constexpr std::size_t count_fields() {
  return count_elements<T>() - (has_empty_base<T>() ? 1 : 0);
}

// An empty struct takes no value; another takes one at least, if no field is a reference.
template <class T>
constexpr bool has_reference() {
  return count_elements<T>() == 0 && !std::is_empty_v<T>;
}

template <class T, std::size_t... Before, std::size_t... After>
constexpr bool takes_braces_at(std::index_sequence<Before...>, std::index_sequence<After...>) {
  return requires { T{any_field_at<Before>{}..., {}, any_field_at<After>{}...}; };
}

// Empty braces fill a whole array, whose elements count_elements has taken for fields: then too
// many values are left. They may not fit another field, but then they never do.
template <class T, std::size_t I, std::size_t After>
constexpr bool array_stands_at() {
  constexpr std::size_t all = count_elements<T>() - I - 1;
  if constexpr (takes_braces_at<T>(std::make_index_sequence<I>{},
                                   std::make_index_sequence<After>{}))
    return After < all;
  else if constexpr (After == 0)
    return false;
  else
    return array_stands_at<T, I, After - 1>();
}

// Whether a field is a C array of two or more. One whose elements have no default is not seen here:
// it ends in an error where the fields are named.
template <class T>
constexpr bool has_array() {
  constexpr std::size_t n = count_elements<T>();
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return (array_stands_at<T, I, n - I - 1>() || ...);
  }(std::make_index_sequence<n>{});
}

// A union without a name would be an error where the fields are named.
template <class T>
constexpr bool has_union() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return (element_is<T, any_union, I>() || ...);
  }(std::make_index_sequence<count_elements<T>()>{});
}

template <class T>
constexpr bool is_plain_struct() {
  if constexpr (!std::is_class_v<T> || !std::is_aggregate_v<T>)
    return false;
  else if constexpr (has_opaque_base<T>() || has_reference<T>() || count_fields<T>() > fields_max)
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
  constexpr bool derives = detail::has_opaque_base<T>();
  static_assert(!derives,
                "a struct with a base class has no visible fields: make the base a field");
  if constexpr (is_aggregate && !derives) {
    constexpr std::size_t count = detail::count_fields<T>();
    static_assert(count <= detail::fields_max, "a struct of more than 24 fields is not supported");
    if constexpr (count <= detail::fields_max) {
      constexpr bool has_array = detail::has_array<T>();
      static_assert(!has_array, "a struct with a C array has no visible fields: use std::array");
    }
    constexpr bool refers = detail::has_reference<T>();
    static_assert(!refers, "a struct with a reference in it has no visible fields");
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

namespace detail {

template <class T, std::size_t... I>
constexpr bool fields_have_names(std::index_sequence<I...>) {
  return (requires { typename std::bool_constant<(address_of_field<T, I>(), true)>; } && ...);
}

// Whether a plain struct can be shown by its fields. Of others a field_names<T> is an error: a bit
// field has no address.
template <class T>
constexpr bool can_show_fields() {
  if constexpr (!is_plain_struct<T>())
    return false;
  else if constexpr (has_union<T>())
    return false;
  else
    return fields_have_names<T>(std::make_index_sequence<count_fields<T>()>{});
}

}  // namespace detail
}  // namespace beamish::inline v0
