// SPDX-License-Identifier: Apache-2.0
//
// Runs an example that awaits something: its body is the main process of a node.
#pragma once

#include "beamish/beamish.hpp"
#include "tests/doc_example_prelude.hpp"

namespace doc_example {

inline void run_process(beamish::task<> (*body)()) {
  char name[] = "example";
  char* words[] = {name, nullptr};
  const int status = beamish::run(1, words, body);
  if (status != 0) ++wrong;
}

}  // namespace doc_example
