// SPDX-License-Identifier: Apache-2.0
//
// Typed messages: any movable C++ type, without registration, base class or macro.
//
//     struct ping { beamish::pid from; };
//     send(somebody, ping{self()});
//
// A type is known by the address of its descriptor first, then by a 64-bit hash of its name and the
// name: two shared objects with hidden visibility have two descriptors for one type. Types of
// anonymous namespaces exist once per translation unit and are known by address only.
#pragma once

#include <cstdint>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#include "beamish/runtime/memory_access.hpp"
#include "beamish/runtime/signal.hpp"
#include "beamish/term/conversion.hpp"
#include "beamish/term/heap_bytes.hpp"
#include "beamish/term/term.hpp"

namespace beamish::inline v0::detail {

struct message_type {
  std::string_view name;
  std::uint64_t hash;
  bool anonymous;
  term (*to_term)(const void* payload);  // null: no codec, the type can't leave this node
  std::uint32_t size;
  std::size_t (*heap_bytes)(const void* payload);  // null: none
};

constexpr std::uint64_t hash_of(std::string_view text) noexcept {
  std::uint64_t h = 14695981039346656037ull;
  for (char c : text) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return h;
}

template <class T>
constexpr std::string_view pretty_function() noexcept {
  return __PRETTY_FUNCTION__;
}

// The type as the compiler writes it. Never part of a trace: compilers differ.
template <class T>
constexpr std::string_view raw_name() noexcept {
  std::string_view text = pretty_function<T>();
  text.remove_prefix(text.find("T = ") + 4);
  const auto end = text.find(';');  // g++ goes on with its own abbreviations
  return end == text.npos ? text.substr(0, text.size() - 1) : text.substr(0, end);
}

constexpr bool in_anonymous_namespace(std::string_view name) noexcept {
  return name.find("{anonymous}") != name.npos || name.find("(anonymous") != name.npos ||
         name.find("(lambda") != name.npos || name.find("<lambda") != name.npos;
}

template <class T>
term payload_to_term(const void* payload) {
  return to_message_term(*static_cast<const T*>(payload));
}

template <class T>
constexpr term (*term_function() noexcept)(const void*) {
  if constexpr (has_codec<T>)
    return &payload_to_term<T>;
  else
    return nullptr;
}

template <class T>
std::size_t payload_heap_bytes(const void* payload) {
  return heap_bytes_of(*static_cast<const T*>(payload));
}

template <class T>
constexpr std::size_t (*heap_function() noexcept)(const void*) {
  if constexpr (std::is_trivially_copyable_v<T>)
    return nullptr;
  else
    return &payload_heap_bytes<T>;
}

template <class T>
inline constexpr message_type message_type_of{short_type_name<T>(),
                                              hash_of(raw_name<T>()),
                                              in_anonymous_namespace(raw_name<T>()),
                                              term_function<T>(),
                                              sizeof(T),
                                              heap_function<T>()};

// What the library itself tells a process: it passes whatever bounds the receiver's mailbox.
template <class T>
inline constexpr bool always_passes = false;

inline bool same_message(const message_type* a, const message_type* b) noexcept {
  if (a == b) return true;
  if (a == nullptr || b == nullptr || a->hash != b->hash) return false;
  return !a->anonymous && !b->anonymous && a->name == b->name;
}

template <class T>
struct message_node : signal {
  template <class... Args>
  explicit message_node(const signal_type& t, Args&&... args)
      : signal(t), value(std::forward<Args>(args)...) {}
  T value;

  static void dispose(signal* s) noexcept {
    auto* self = static_cast<message_node*>(s);
    self->~message_node();
    pool_deallocate(self, sizeof(message_node));
  }
};

template <class T>
constexpr std::uint32_t message_offset =
    (sizeof(signal) + alignof(T) - 1) / alignof(T) * alignof(T);

template <class T>
inline constexpr signal_type plain_type{
    signal_kind::message, &message_node<T>::dispose, nullptr, nullptr,
    &message_type_of<T>,  message_offset<T>};
template <class T>
inline constexpr signal_type cast_type{
    signal_kind::cast, &message_node<T>::dispose, nullptr,
    nullptr,           &message_type_of<T>,       message_offset<T>};

// Aggregates are built with parentheses or braces alike: message{args...}.
template <class T, class... Args>
inline constexpr bool makes_message =
    std::is_constructible_v<T, Args...> || requires { T{std::declval<Args>()...}; };

template <class T, class... Args>
message_node<T>* make_node(const signal_type& type, Args&&... args) {
  void* memory = pool_allocate(sizeof(message_node<T>));
  try {
    if constexpr (std::is_constructible_v<T, Args&&...>) {
      return ::new (memory) message_node<T>(type, std::forward<Args>(args)...);
    } else {
      return ::new (memory) message_node<T>(type, T{std::forward<Args>(args)...});
    }
  } catch (...) {
    pool_deallocate(memory, sizeof(message_node<T>));
    throw;
  }
}

template <class T>
T& payload_of(signal& s) noexcept {
  return *static_cast<T*>(s.payload());
}

}  // namespace beamish::inline v0::detail
