// SPDX-License-Identifier: Apache-2.0
//
// A restart would need an argument again that can't be copied.
//
// expect: a restart needs the arguments again: make them copyable, or pass made_by(
#include <memory>

#include "beamish/otp/child_spec.hpp"
#include "beamish/otp/gen_server.hpp"

struct owner : beamish::gen_server<owner> {
  void init(std::unique_ptr<int>) {}
};

void use() {
  auto right = beamish::child_spec<owner>(
      beamish::made_by([] { return std::make_tuple(std::make_unique<int>(1)); }));
  (void)right;
  // wrong:
  auto wrong = beamish::child_spec<owner>(std::make_unique<int>(1));
  (void)wrong;
  // end
}
