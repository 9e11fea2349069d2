// SPDX-License-Identifier: Apache-2.0
//
// Values to terms and back: to_term, from_term, and their forms for messages.
//
// ```cpp
// struct task_handler { int task_limit = 2; std::vector<std::string> queue; };
// to_term(task_handler{});  //=> %TaskHandler{task_limit: 2, queue: []}
// from_term<task_handler>(to_term(task_handler{4, {}}))->task_limit;  //=> 4
// struct add_book { std::string title; };
// to_message_term(add_book{"Emma"});  //=> {:add_book, "Emma"}
// auto wrong = from_message_term<add_book>(tuple(atom("add_book"), 1));
// wrong.error();  //=> "title: expected a binary, found 1"
// ```
//
// Integers are checked against their range, texts are binaries, enumerators atoms, an optional is
// its value or nil, sequences and sets are lists, maps are maps, pairs and tuples are tuples, a
// variant is its alternative (as a plain struct tagged with its name). Plain structs are structs in
// state (to_term) and tagged tuples as messages (to_message_term; an empty one is a bare atom);
// structs inside a message are structs. A type can have its own spelling, by functions found beside
// it: `term to_term(const T&)` and `bool from_term(const term&, T&)`.
//
// Guarantees: reading is strict: a struct needs every field, and no other. No container's header is
// needed: shapes are recognised. Units: durations are milliseconds. Errors: reading gives a
// conversion_result, with the place and what was expected; a type without a term shape is a compile
// error. Threads: pure functions.
//
// Mirrors how Elixir writes structs and messages. When not to use it: to print something; inspect()
// takes every value.
#pragma once

#include "beamish/term/conversion_result.hpp"
#include "beamish/term/decode.hpp"
#include "beamish/term/encode.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0 {

// Can be written as a term.
template <class T>
concept has_term = detail::encodable<std::remove_cvref_t<T>>();

// Can be written and read again.
template <class T>
concept has_codec = has_term<T> && detail::decodable<std::remove_cvref_t<T>>();

namespace detail {

// One error with one sentence, on every compiler: a named constant keeps concepts out of it.
template <class T>
constexpr bool check_term() {
  constexpr bool derives = is_derived_aggregate<T>();
  static_assert(!derives,
                "a struct with a base class has no visible fields: make the base a field");
  constexpr bool has_term_shape = has_term<T> || derives;
  static_assert(has_term_shape, "this type, or one inside it, has no term shape");
  return has_term_shape && !derives;
}

template <class T>
constexpr bool check_codec() {
  constexpr bool derives = is_derived_aggregate<T>();
  static_assert(!derives,
                "a struct with a base class has no visible fields: make the base a field");
  constexpr bool can_be_read = has_codec<T> || derives;
  static_assert(can_be_read, "this type, or one inside it, can't be made from a term");
  return can_be_read && !derives;
}

struct to_term_function {
  template <class T>
  term operator()(const T& value) const {
    constexpr bool can_be_written = check_term<T>();
    if constexpr (can_be_written)
      return encode(value);
    else
      return term();
  }
};

struct to_message_term_function {
  template <class T>
  term operator()(const T& value) const {
    constexpr bool can_be_written = check_term<T>();
    if constexpr (!can_be_written)
      return term();
    else if constexpr (shape_of<T>() == shape::structure)
      return encode_message(value);
    else
      return encode(value);
  }
};

}  // namespace detail

// Objects rather than functions, so that a type's own to_term is not confused with these.
inline namespace conversions {
inline constexpr detail::to_term_function to_term{};
inline constexpr detail::to_message_term_function to_message_term{};
}  // namespace conversions

// For logs and inspection: what has no term shape prints as #Name<...>.
template <class T>
term to_printable_term(const T& value) {
  return detail::encode(value);
}

template <class T>
std::string inspect(const T& value) {
  return inspect(term(to_printable_term(value)));
}

template <class T>
conversion_result<T> from_term(const term& from) {
  constexpr bool can_be_read = detail::check_codec<T>();
  if constexpr (can_be_read) {
    T value{};
    detail::decoding d;
    if (d.read(from, value)) return conversion_result<T>(std::move(value));
    return conversion_result<T>::failure(d.error());
  }
}

template <class T>
conversion_result<T> from_message_term(const term& from) {
  constexpr bool can_be_read = detail::check_codec<T>();
  if constexpr (can_be_read && detail::shape_of<T>() == detail::shape::structure) {
    T value{};
    detail::decoding d;
    if (d.read_message(from, value)) return conversion_result<T>(std::move(value));
    return conversion_result<T>::failure(d.error());
  } else {
    return from_term<T>(from);
  }
}

}  // namespace beamish::inline v0
