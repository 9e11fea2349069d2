// SPDX-License-Identifier: Apache-2.0
//
// The names of types, fields and enumerators, known at compile time.
//
//     struct task_handler {};
//     short_type_name<task_handler>()        //=> "task_handler"
//     module_name<task_handler>()            //=> "TaskHandler"
//     struct order { static constexpr std::string_view term_name = "Shop.Order"; };
//     module_name<order>()                   //=> "Shop.Order"
//
// A short name is without namespaces; a module name is what stands after % in %TaskHandler{}.
// The same on every supported compiler. Template arguments are left out, since compilers spell them
// differently; a lambda is called "lambda". Views are of static storage.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace beamish::inline v0 {

namespace detail {

// g++:   constexpr std::string_view …::pretty() [with T = ns::name; std::string_view = …]
// clang: std::string_view …::pretty() [T = ns::name]
template <class T>
constexpr std::string_view pretty() noexcept {
  return __PRETTY_FUNCTION__;
}
template <auto V>
constexpr std::string_view pretty_value() noexcept {
  return __PRETTY_FUNCTION__;
}

// What stands for the template argument in the text of pretty<T>() or pretty_value<V>().
constexpr std::string_view template_argument(std::string_view text, std::string_view parameter) {
  std::size_t begin = text.find(parameter) + parameter.size();
  std::size_t end = text.rfind("; std::string_view");
  if (end == text.npos) end = text.rfind(']');
  return text.substr(begin, end - begin);
}

// What follows the last :: that is not inside brackets, without template arguments.
constexpr std::string_view last_name(std::string_view name) {
  std::size_t begin = 0;
  std::size_t end = name.size();
  int depth = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    char c = name[i];
    if (depth == 0 && (c == '<' || c == '[')) end = i;
    if (c == '<' || c == '(' || c == '[' || c == '{') ++depth;
    if (c == '>' || c == ')' || c == ']' || c == '}') --depth;
    if (depth == 0 && c == ':') {
      begin = i + 1;
      end = name.size();
    }
  }
  name = name.substr(begin, end - begin);
  // g++: <lambda()>, clang: (lambda at file:line:column)
  return name.empty() || name[0] == '(' ? std::string_view("lambda") : name;
}

template <class T>
concept has_own_term_name = requires {
  { T::term_name } -> std::convertible_to<std::string_view>;
};

struct module_text {
  std::array<char, 256> characters{};
  std::size_t size = 0;
};

// task_handler → TaskHandler
constexpr module_text camel_case(std::string_view name) {
  module_text out;
  bool upper = true;
  for (char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    if (out.size == out.characters.size()) break;
    bool lower_letter = c >= 'a' && c <= 'z';
    out.characters[out.size++] = upper && lower_letter ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  return out;
}

}  // namespace detail

template <class T>
constexpr std::string_view short_type_name() noexcept {
  constexpr std::string_view name =
      detail::last_name(detail::template_argument(detail::pretty<T>(), "T = "));
  // As people call them.
  if (name == "basic_string") return "string";
  if (name == "basic_string_view") return "string_view";
  return name;
}

namespace detail {
template <class T>
inline constexpr module_text module_text_of = camel_case(short_type_name<T>());
}

template <class T>
constexpr std::string_view module_name() noexcept {
  if constexpr (detail::has_own_term_name<T>) {
    return T::term_name;
  } else {
    const auto& text = detail::module_text_of<T>;
    return {text.characters.data(), text.size};
  }
}

// The atom that stands for a type in messages: its term_name if it has one, else its own name.
template <class T>
constexpr std::string_view message_name() noexcept {
  if constexpr (detail::has_own_term_name<T>)
    return T::term_name;
  else
    return short_type_name<T>();
}

}  // namespace beamish::inline v0
