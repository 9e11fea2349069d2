// SPDX-License-Identifier: Apache-2.0
//
// A start function that does not say what it started.
//
// expect: child_started_by: start() must return a child_result, or a task of one
#include "beamish/otp/child_spec.hpp"

void use() {
  auto right = beamish::child_started_by("a", [] { return beamish::child_result::ignored(); });
  (void)right;
  // wrong:
  auto wrong = beamish::child_started_by("a", [] { return 42; });
  (void)wrong;
  // end
}
