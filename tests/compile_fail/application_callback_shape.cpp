// SPDX-License-Identifier: Apache-2.0
//
// What an application is to call before it stops takes an argument.
//
// expect: an application's callback takes and returns nothing, or is a task<>
#include "beamish/otp/application.hpp"

void use(beamish::application_spec spec) {
  spec.prep_stop = [] {};
  // wrong:
  spec.stop = [](int) {};
  // end
}
