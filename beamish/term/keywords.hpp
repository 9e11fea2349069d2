// SPDX-License-Identifier: Apache-2.0
//
// Options by name, as Elixir's keyword lists, and structs made from them.
//
// ```cpp
// struct task_handler {
//   static constexpr auto enforce_keys = std::array{"task_limit"};
//   int task_limit = 0;
//   std::vector<std::string> queue;
// };
// struct_from_keywords<task_handler>({{"task_limit", 4}}).task_limit;    //=> 4
// struct_from_keywords<task_handler>({});    //=> throws the following keys must also be given
// from_keywords<task_handler>({{"task_limit", 4}, {"size", 1}}).has_value();    //=> false
// ```
//
// Guarantees: a key that isn't given keeps the struct's own default; of equal keys the last counts,
// as in struct!/2. Errors: unknown keys, missing enforced keys and wrong types, reported in that
// order; from_keywords gives a conversion_result, struct_from_keywords throws argument_error.
// Threads: values are immutable.
//
// Mirrors Keyword, @enforce_keys and struct!/2. When not to use it: where the compiler sees the
// options; designated initialisers, as in {.name = "library"}, are checked by it.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "beamish/term/conversion.hpp"

namespace beamish::inline v0 {

class keywords {
 public:
  keywords() : list_(list()) {}
  keywords(std::initializer_list<keyword_entry> entries) : list_(keyword(entries)) {}

  // Nothing unless `from` is a keyword list.
  static std::optional<keywords> from(const term& from);

  // [a: 1, b: 2]
  const term& as_term() const noexcept { return list_; }
  std::size_t size() const noexcept { return list_.size(); }
  // The last value given for the key; null if there is none.
  const term* find(std::string_view key) const noexcept;

  friend bool operator==(const keywords&, const keywords&) = default;
  friend term to_term(const keywords& k) { return k.list_; }

 private:
  explicit keywords(term checked) : list_(std::move(checked)) {}

  term list_;
};

namespace detail {

// Both are empty if all is well.
std::string unknown_keys_error(const keywords& given, std::span<const std::string_view> known);
std::string missing_keys_error(const keywords& given, std::span<const std::string_view> enforced,
                               std::string_view module);

template <class T>
constexpr auto enforced_keys() {
  if constexpr (requires { T::enforce_keys.size(); }) {
    std::array<std::string_view, T::enforce_keys.size()> keys;
    for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = T::enforce_keys[i];
    return keys;
  } else {
    return std::array<std::string_view, 0>{};
  }
}

template <class T>
constexpr bool enforced_keys_are_fields() {
  for (std::string_view key : enforced_keys<T>()) {
    bool found = false;
    for (std::string_view name : field_names<T>) found = found || name == key;
    if (!found) return false;
  }
  return true;
}

template <class F>
bool read_keyword(decoding& d, const keywords& given, std::string_view name, F& field) {
  const term* value = given.find(name);
  if (value == nullptr) return true;
  if constexpr (decodable<F>())
    return d.read(*value, field) || d.at_field(name);
  else
    return d.fail("nothing, as this field can't be given by a keyword", *value) || d.at_field(name);
}

}  // namespace detail

template <class T>
conversion_result<T> from_keywords(const keywords& given) {
  static_assert(plain_struct<T>, "only a plain struct can be made from keywords");
  static_assert(detail::enforced_keys_are_fields<T>(),
                "enforce_keys names a field that isn't there");
  auto problem = detail::unknown_keys_error(given, field_names<T>);
  if (problem.empty()) {
    problem = detail::missing_keys_error(given, detail::enforced_keys<T>(), module_name<T>());
  }
  if (!problem.empty()) return conversion_result<T>::failure(std::move(problem));
  T value{};
  detail::decoding d;
  bool ok = visit_fields(value, [&](auto&... fields) {
    [[maybe_unused]] std::size_t i = 0;
    [[maybe_unused]] auto one = [&](auto& field) {
      std::string_view name = field_names<T>[i++];
      return detail::read_keyword(d, given, name, field);
    };
    return (one(fields) && ...);
  });
  if (!ok) return conversion_result<T>::failure(d.error());
  return conversion_result<T>(std::move(value));
}

template <class T>
T struct_from_keywords(const keywords& given) {
  return from_keywords<T>(given).value();
}

}  // namespace beamish::inline v0
