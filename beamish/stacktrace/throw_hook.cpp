// SPDX-License-Identifier: Apache-2.0
//
// Takes the place of the C++ runtime's __cxa_throw, notes where it was called, and goes on to that
// one. Must not include <cxxabi.h>: g++ knows the function by itself, with another type for its
// second parameter.
// tested in: stacktrace_test.cpp
#include <dlfcn.h>

#include <cstdlib>
#include <iterator>

#include "beamish/runtime/current.hpp"
#include "beamish/stacktrace/walk.hpp"

namespace {

void note_throw(void* object, void* thrower) noexcept {
  beamish::detail::context* here = beamish::detail::current_context();
  if (here == nullptr) return;
  here->thrown = object;
  here->thrown_depth =
      beamish::detail::walk_stack(here->thrown_at, std::size(here->thrown_at), thrower);
}

}  // namespace

extern "C" [[noreturn]] void __cxa_throw(void* object, void* type, void (*destroy)(void*)) {
  using throw_function = void (*)(void*, void*, void (*)(void*));
  static const auto original = reinterpret_cast<throw_function>(::dlsym(RTLD_NEXT, "__cxa_throw"));
  note_throw(object, __builtin_return_address(0));
  original(object, type, destroy);
  std::abort();
}
