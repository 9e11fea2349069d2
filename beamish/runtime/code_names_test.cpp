// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/code_names.hpp"

#include <dlfcn.h>
#include <doctest/doctest.h>

using beamish::detail::code_names;
using beamish::detail::demangled;

namespace {
int asked = 0;
}

TEST_CASE("code_names: the dynamic linker knows what is exported, and nothing else") {
  code_names names;
  CHECK(names.name_of(::dlsym(RTLD_DEFAULT, "getenv")) == "getenv");
  CHECK(names.name_of(&asked) == "");
  CHECK(names.name_of(nullptr) == "");
}

TEST_CASE("code_names: who was set is asked first, once for each address") {
  asked = 0;
  code_names names;
  names.ask_first([](const void* code) {
    ++asked;
    return code == &asked ? std::string("counter") : std::string();
  });
  CHECK(names.name_of(&asked) == "counter");
  CHECK(names.name_of(&asked) == "counter");
  CHECK(asked == 1);
  CHECK(names.name_of(::dlsym(RTLD_DEFAULT, "getenv")) == "getenv");
  names.ask_first(nullptr);
  CHECK(names.name_of(&asked) == "");
}

TEST_CASE("code_names: demangled") {
  CHECK(demangled("_ZN7library4loopEi") == "library::loop(int)");
  CHECK(demangled("main") == "main");
}
