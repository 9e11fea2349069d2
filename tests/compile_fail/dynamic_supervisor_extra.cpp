// SPDX-License-Identifier: Apache-2.0
//
// A child that does not begin with its supervisor's arguments.
//
// expect: the child's init can't be called with the supervisor's arguments and then these
#include <string>

#include "beamish/otp/dynamic_supervisor.hpp"
#include "beamish/otp/gen_server.hpp"

struct room : beamish::gen_server<room> {
  void init(std::string, int) {}
};
struct cellar : beamish::gen_server<cellar> {
  void init(int) {}
};
using house = beamish::dynamic_supervisor_with<std::string>;

void use() {
  auto right = house::child<room>(7);
  (void)right;
  // wrong:
  auto wrong = house::child<cellar>(7);
  (void)wrong;
  // end
}
