// SPDX-License-Identifier: Apache-2.0
//
// A program of somebody else's, built against Beamish in each way that users have.
#include <cstdio>
#include <string>

#include "beamish/term/inspect.hpp"
#include "beamish/term/term.hpp"

int main() {
  const beamish::term answer = beamish::tuple(beamish::atom("ok"), 42, "forty-two");
  const std::string text = beamish::inspect(answer);
  std::printf("%s\n", text.c_str());
  return text == "{:ok, 42, \"forty-two\"}" ? 0 : 1;
}
