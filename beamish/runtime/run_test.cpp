// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/run.hpp"

#include <doctest/doctest.h>

using namespace beamish;

TEST_CASE("run returns what the main process returned") {
  char name[] = "program";
  char* words[] = {name, nullptr};
  const auto main_process = [](const arguments& args) -> task<int> {
    co_return static_cast<int>(args.size()) + 6;
  };
  CHECK(beamish::run(1, words, main_process) == 7);
}
