// SPDX-License-Identifier: Apache-2.0
//
// What the checked values of examples become: tools/suites/documents.py turns `f(2); //=> 4` into
// `expect(N, f(2), 4)` and reads what these functions print on standard error.
//
// Not thread-safe, but for the last count: examples check where they are read.
#pragma once

#include <atomic>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>

#include "beamish/term/inspect.hpp"

namespace beamish::inline v0::detail {}

namespace doc_example {

inline std::atomic<int> wrong = 0;

inline void fail(int check, const std::string& what) {
  ++wrong;
  std::fprintf(stderr, "doc_example wrong %d: %s\n", check, what.c_str());
}

inline void reached(int check) { std::fprintf(stderr, "doc_example reached %d\n", check); }

template <class T>
std::string describe(const T& value) {
  if constexpr (std::is_arithmetic_v<T>) {
    return std::to_string(value);
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return '"' + std::string(std::string_view(value)) + '"';
  } else if constexpr (requires { beamish::inspect(value); }) {
    return std::string(beamish::inspect(value));
  } else {
    return "something else";
  }
}

template <class A, class B>
void expect(int check, const A& actual, const B& expected) {
  reached(check);
  if (!(actual == expected))
    fail(check, "it is " + describe(actual) + ", not " + describe(expected));
}

// Whether `text` is `pattern`, in which `...` stands for any text.
inline bool matches(std::string_view text, std::string_view pattern) {
  const auto dots = pattern.find("...");
  if (dots == pattern.npos) return text == pattern;
  const auto rest = pattern.substr(dots + 3);
  if (!text.starts_with(pattern.substr(0, dots))) return false;
  for (auto at = dots; at <= text.size(); ++at) {
    if (matches(text.substr(at), rest)) return true;
  }
  return false;
}

template <class A>
void expect_text(int check, const A& actual, std::string_view expected) {
  reached(check);
  const std::string text = beamish::inspect(actual);
  if (!matches(text, expected)) fail(check, "it is " + text + ", not " + std::string(expected));
}

template <class F>
void expect_throws(int check, F function, std::string_view expected) {
  reached(check);
  try {
    function();
  } catch (const std::exception& error) {
    const std::string_view said = error.what();
    if (said.find(expected) == said.npos) {
      fail(check, "it throws \"" + std::string(said) + "\", not \"" + std::string(expected) + '"');
    }
    return;
  }
  fail(check, "it does not throw");
}

inline int finish() { return wrong == 0 ? 0 : 1; }

}  // namespace doc_example
