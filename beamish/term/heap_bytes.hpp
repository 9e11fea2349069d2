// SPDX-License-Identifier: Apache-2.0
//
// How many bytes a value holds besides its own sizeof: those behind its strings and containers.
//
//     heap_bytes_of(std::vector<int>(100))             //=> 400
//     heap_bytes_of(std::string("short"))              //=> 0
//     struct letter { std::string text; std::vector<std::string> lines; };
//     heap_bytes_of(letter{std::string(1000, 'x'), {}}) >= 1000    //=> true
//
// Sees through strings, containers, optionals, pairs, tuples, terms and plain structs. What it
// can't see into counts as nothing, unless its namespace has a function
//     std::size_t heap_bytes(const thing&);
// Parts of a term that several terms share count for each. Nodes of lists, sets and maps count with
// four words each; what an allocator adds is not counted.
//
// Threads: any. Costs: a look at each element that holds more than itself.
#pragma once

#include <cstddef>

#include "beamish/term/shapes.hpp"

namespace beamish::inline v0 {

// What is nested deeper than 64 levels is not counted.
std::size_t heap_bytes(const term& value) noexcept;

namespace detail {

inline constexpr std::size_t node_words = 4;

template <class T>
concept has_capacity = requires(const T& value) {
  value.capacity();
  value.data();
};

// Whether the elements lie within the object, as those of a short string do.
template <class T>
bool is_in_place(const T& value) noexcept {
  const auto* begin = reinterpret_cast<const std::byte*>(&value);
  const auto* data = reinterpret_cast<const std::byte*>(value.data());
  return data >= begin && data < begin + sizeof value;
}

// Found where T lives, or above. (Looked for by its arguments only: T may be declared later.)
namespace hook {
void heap_bytes() = delete;
template <class T>
concept counts_bytes = requires(const T& value) {
  { heap_bytes(value) } -> std::same_as<std::size_t>;
};
template <class T>
std::size_t count_bytes(const T& value) {
  return heap_bytes(value);
}
}  // namespace hook

template <class T>
std::size_t bytes_behind(const T& value);

template <class T>
std::size_t bytes_of_elements(const T& value) {
  std::size_t sum = 0;
  using element = std::remove_cvref_t<decltype(*value.begin())>;
  if constexpr (has_capacity<T>) {
    if (!is_in_place(value)) sum = value.capacity() * sizeof(element);
  } else if constexpr (!tuple_like<T>) {
    for (auto at = value.begin(); at != value.end(); ++at)
      sum += sizeof(element) + node_words * sizeof(void*);
  }
  if constexpr (!std::is_trivially_copyable_v<element>) {
    for (const auto& one : value) sum += bytes_behind(one);
  }
  return sum;
}

template <class T>
std::size_t bytes_behind(const T& value) {
  if constexpr (std::is_trivially_copyable_v<T>)
    return 0;
  else if constexpr (hook::counts_bytes<T>)
    return hook::count_bytes(value);
  else if constexpr (requires { value.first; } && tuple_like<T>)
    return bytes_behind(value.first) + bytes_behind(value.second);
  else if constexpr (range_like<T>)
    return bytes_of_elements(value);
  else if constexpr (optional_like<T>)
    return value.has_value() ? bytes_behind(*value) : 0;
  else if constexpr (shape_of<T>() == shape::structure)
    return visit_fields(
        value, [](const auto&... field) { return (std::size_t{0} + ... + bytes_behind(field)); });
  else
    return 0;
}

}  // namespace detail

template <class T>
std::size_t heap_bytes_of(const T& value) {
  return detail::bytes_behind(value);
}

}  // namespace beamish::inline v0
