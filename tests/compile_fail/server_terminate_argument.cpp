// SPDX-License-Identifier: Apache-2.0
//
// terminate takes something else than the reason.
//
// expect: terminate must be public and take (const exit_reason&), or nothing
#include <beamish/beamish.hpp>

struct right : beamish::gen_server<right> {
  void terminate(const beamish::exit_reason&) {}
};
struct wrong : beamish::gen_server<wrong> {
  void terminate(int) {}
};

beamish::task<> body() {
  auto a = co_await beamish::start<right>();
  (void)a;
  // wrong:
  auto b = co_await beamish::start<wrong>();
  (void)b;
  // end
}
