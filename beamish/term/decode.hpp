// SPDX-License-Identifier: Apache-2.0
//
// From terms to values: the part of conversion.hpp that reads.
//
//     decoding d;
//     std::vector<int> v;
//     d.read(list(1, atom("x")), v)     // false
//     d.error()                         // "[1]: expected an integer, found :x"
//
// A failed read leaves the value half filled; callers drop it.
// tested in: conversion_test.cpp
#pragma once

#include <limits>
#include <string>

#include "beamish/term/encode.hpp"
#include "beamish/term/shapes.hpp"

namespace beamish::inline v0::detail {

// What a range-checked integer may be.
struct integer_range {
  std::int64_t least;
  std::uint64_t most;
};

class decoding {
 public:
  template <class T>
  bool read(const term& from, T& to) {
    constexpr shape s = shape_of<T>();
    if constexpr (hook::decodes<T>) {
      return hook::decode(from, to) || fail(article(module_name<T>()), from);
    } else if constexpr (s == shape::term)
      return read_term(from, to);
    else if constexpr (s == shape::boolean)
      return read_boolean(from, to);
    else if constexpr (s == shape::integer)
      return read_integer(from, to);
    else if constexpr (s == shape::floating)
      return read_float(from, to);
    else if constexpr (s == shape::text)
      return read_text(from, to);
    else if constexpr (s == shape::enumeration)
      return read_enum(from, to);
    else if constexpr (s == shape::nothing)
      return from.is_nil() || fail("nil", from);
    else if constexpr (s == shape::optional)
      return read_optional(from, to);
    else if constexpr (s == shape::duration)
      return read_duration(from, to);
    else if constexpr (s == shape::map)
      return read_map(from, to);
    else if constexpr (s == shape::sequence)
      return read_sequence(from, to);
    else if constexpr (s == shape::variant)
      return read_variant(from, to, parts_of<T>());
    else if constexpr (s == shape::tuple) {
      return read_tuple(from, to, std::make_index_sequence<std::tuple_size<T>::value>{});
    } else
      return read_struct(from, to);
  }

  template <class T>
  bool read_message(const term& from, T& to) {
    return visit_fields(to, [&](auto&... fields) {
      constexpr std::size_t count = sizeof...(fields);
      if (!begins_message(from, message_name<T>(), count)) return false;
      [[maybe_unused]] std::size_t i = 0;
      [[maybe_unused]] auto one = [&](auto& field) {
        std::string_view name = field_names<T>[i++];
        return read_element(from.elements()[i], name, field);
      };
      return (one(fields) && ...);
    });
  }

  // Names the place, what was expected and what was found.
  std::string error() const;

  bool fail(std::string_view expected, const term& found);
  bool fail_with(std::string problem);
  // Called on the way back from a failure, innermost place first. All return false.
  bool at_field(std::string_view name);
  bool at_index(std::size_t index);
  bool at_key(const term& key);

 private:
  static std::string article(std::string_view name);

  bool read_term(const term& from, term& to);
  bool read_term(const term& from, atom& to);
  bool read_term(const term& from, pid& to);
  bool read_term(const term& from, reference& to);
  bool read_term(const term& from, port_id& to);
  bool read_boolean(const term& from, bool& to);
  // The value's bits: two's complement if negative.
  bool read_integer_bits(const term& from, integer_range range, std::uint64_t& to);
  bool read_double(const term& from, double& to);
  bool begins_message(const term& from, std::string_view name, std::size_t fields);
  bool begins_struct(const term& from, std::string_view module,
                     std::span<const std::string_view> names);

  template <class T>
  bool read_integer(const term& from, T& to) {
    std::uint64_t bits = 0;
    using limits = std::numeric_limits<T>;
    if (!read_integer_bits(
            from,
            {static_cast<std::int64_t>(limits::min()), static_cast<std::uint64_t>(limits::max())},
            bits)) {
      return false;
    }
    to = static_cast<T>(bits);
    return true;
  }

  template <class T>
  bool read_float(const term& from, T& to) {
    double value = 0;
    if (!read_double(from, value)) return false;
    to = static_cast<T>(value);
    return true;
  }

  template <class T>
  bool read_text(const term& from, T& to) {
    auto text = from.as_binary();
    if (!text) return fail("a binary", from);
    to.assign(*text);
    return true;
  }

  template <class E>
  bool read_enum(const term& from, E& to) {
    if (auto name = from.atom_name()) {
      auto value = enumerator_value<E>(*name);
      if (!value) return fail(article(short_type_name<E>()), from);
      to = *value;
      return true;
    }
    std::underlying_type_t<E> number{};
    if (!from.is_integer()) return fail(article(short_type_name<E>()), from);
    if (!read_integer(from, number)) return false;
    to = static_cast<E>(number);
    return true;
  }

  template <class T>
  bool read_optional(const term& from, T& to) {
    to.reset();
    return from.is_nil() || read(from, to.emplace());
  }

  template <class T>
  bool read_duration(const term& from, T& to) {
    std::int64_t ms = 0;
    if (!from.is_integer()) return fail("milliseconds", from);
    if (!read_integer(from, ms)) return false;
    constexpr auto num = T::period::num;
    constexpr auto den = T::period::den;
    using rep = typename T::rep;
    if constexpr (std::is_floating_point_v<rep>) {
      to = T(static_cast<rep>(ms) * static_cast<rep>(den) / (static_cast<rep>(num) * 1000));
      return true;
    } else {
      // ms × den / (1000 × num), reduced, since den is 1000 or a power of ten in practice.
      constexpr auto common = std::int64_t{den % 1000 == 0 ? 1000 : 1};
      constexpr std::int64_t up = den / common;
      constexpr std::int64_t down = 1000 / common * num;
      std::int64_t whole = ms / down;
      if (whole > std::numeric_limits<std::int64_t>::max() / up ||
          whole < std::numeric_limits<std::int64_t>::min() / up) {
        return fail("milliseconds in the range of the duration", from);
      }
      to = T(static_cast<rep>(whole * up + ms % down * up / down));
      return true;
    }
  }

  template <class T>
  bool read_map(const term& from, T& to) {
    if (from.kind() != term_kind::map) return fail("a map", from);
    to.clear();
    for (const term_entry& e : from.entries()) {
      typename T::key_type key{};
      typename T::mapped_type value{};
      if (!read(e.key, key) || !read(e.value, value)) return at_key(e.key);
      to.emplace(std::move(key), std::move(value));
    }
    return true;
  }

  template <class T>
  bool read_sequence(const term& from, T& to) {
    if (!from.is_proper_list()) return fail("a list", from);
    auto elements = from.elements();
    if constexpr (fixed_sequence<T>) {
      if (elements.size() != to.size()) {
        return fail("a list of " + std::to_string(to.size()) + " elements", from);
      }
      std::size_t i = 0;
      for (auto& item : to) {
        if (!read(elements[i], item)) return at_index(i);
        ++i;
      }
    } else {
      to.clear();
      for (std::size_t i = 0; i < elements.size(); ++i) {
        typename T::value_type item{};
        if (!read(elements[i], item)) return at_index(i);
        to.insert(to.end(), std::move(item));
      }
    }
    return true;
  }

  template <class T, std::size_t... I>
  bool read_tuple(const term& from, T& to, std::index_sequence<I...>) {
    using std::get;
    if (!from.is_tuple() || from.size() != sizeof...(I)) {
      return fail("a tuple of " + std::to_string(sizeof...(I)) + " elements", from);
    }
    return ((read(from.elements()[I], get<I>(to)) || at_index(I)) && ...);
  }

  // The first alternative that can be read is taken.
  template <class T, class... A>
  bool read_variant(const term& from, T& to, types<A...>) {
    auto one = [&]<std::size_t I, class Alternative>() {
      decoding attempt;
      Alternative value{};
      bool ok = false;
      if constexpr (shape_of<Alternative>() == shape::structure)
        ok = attempt.read_message(from, value);
      else
        ok = attempt.read(from, value);
      if (ok) to.template emplace<I>(std::move(value));
      return ok;
    };
    bool any = [&]<std::size_t... I>(std::index_sequence<I...>) {
      return (one.template operator()<I, A>() || ...);
    }(std::index_sequence_for<A...>{});
    return any || fail(names_of<A...>(), from);
  }

  template <class... A>
  static std::string names_of() {
    std::string out;
    ((out += (out.empty() ? "one of " : ", "), out += short_type_name<A>()), ...);
    return out;
  }

  template <class T>
  bool read_struct(const term& from, T& to) {
    return visit_fields(to, [&](auto&... fields) {
      constexpr const auto& names = field_names<T>;
      if (!begins_struct(from, module_name<T>(), names)) return false;
      [[maybe_unused]] std::size_t i = 0;
      [[maybe_unused]] auto one = [&](auto& field) {
        std::string_view name = names[i++];
        return read_element(*from.find(atom(name)), name, field);
      };
      return (one(fields) && ...);
    });
  }

  template <class F>
  bool read_element(const term& from, std::string_view name, F& field) {
    return read(from, field) || at_field(name);
  }

  std::string path_;
  std::string problem_;
};

}  // namespace beamish::inline v0::detail
