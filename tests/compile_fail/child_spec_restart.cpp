// SPDX-License-Identifier: Apache-2.0
//
// There is no such restart: what OTP refuses when it runs is no value here.
//
// expect: sometimes
// id: S27
#include "beamish/otp/child_spec.hpp"

void use() {
  beamish::child_options right{.restart = beamish::restart_kind::transient};
  (void)right;
  // wrong:
  beamish::child_options wrong{.restart = beamish::restart_kind::sometimes};
  (void)wrong;
  // end
}
